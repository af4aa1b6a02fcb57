// What became of a publish: the receipt, or why not.
import { Fact } from './fact';
import { ProblemText } from './problem_text';
import type { outcome } from './publication';
import { count, counted, local_time, visible } from './wording';

export function OutcomeText({ outcome }: { outcome: outcome }) {
  const at = <time dateTime={outcome.at.toISOString()}>{local_time(outcome.at, new Date())}</time>;
  if (!outcome.accepted) {
    return (
      <div class="refused">
        <ProblemText problem={outcome.problem} />
        <p class="muted">{at}</p>
      </div>
    );
  }
  const { matched, sent, queued, bytes, hint } = outcome.receipt;
  return (
    <div class="accepted">
      <p>
        <strong>{outcome.cleared ? 'Cleared' : 'Published to'}</strong>{' '}
        <span class="topic">{visible(outcome.topic)}</span> <span class="muted">at {at}</span>
      </p>
      <dl class="facts">
        {matched !== undefined && <Fact name="Matched">{counted(matched, 'subscriber')}</Fact>}
        {sent !== undefined && <Fact name="Sent to">{count(sent)}</Fact>}
        {queued !== undefined && queued > 0 && <Fact name="Queued for">{count(queued)}</Fact>}
        {bytes?.http !== undefined && <Fact name="Over HTTP">{counted(bytes.http, 'byte')}</Fact>}
        {bytes?.mqtt !== undefined && <Fact name="By MQTT">{counted(bytes.mqtt, 'byte')}</Fact>}
      </dl>
      {hint && <p>{hint}</p>}
    </div>
  );
}
