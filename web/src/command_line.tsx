// The same as an action of this page, for a terminal.
import { CopyButton } from './copy_button';

export function CommandLine({ name, line }: { name: string; line: string }) {
  return (
    <div class="curl">
      <div class="pane_title">
        <h3>The same with {name}</h3>
        <CopyButton text={line} label={`Copy the ${name} command`} />
      </div>
      <pre id={name} tabIndex={0} role="group" aria-label={`${name} command`}>
        {line}
      </pre>
    </div>
  );
}
