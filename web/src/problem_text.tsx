// A problem document in words.
import type { problem } from './problem';

export function ProblemText({ problem }: { problem: problem }) {
  return (
    <>
      <p>
        <strong>{problem.title}</strong>
        {problem.status > 0 && <span class="muted"> ({problem.status})</span>}
      </p>
      {problem.detail && <p>{problem.detail}</p>}
      {problem.hint && <p>{problem.hint}</p>}
      {problem.try && (
        <p>
          Try <code>{problem.try}</code>
        </p>
      )}
    </>
  );
}
