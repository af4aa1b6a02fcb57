// What a newcomer sees before the first message: that the page works, and how to make it move.
import { connection } from './live_topics';
import { CopyButton } from './copy_button';

export function EmptyTree() {
  const line = `curl -d hello ${location.origin}/topics/greeting`;
  const { kind } = connection.value;
  if (kind === 'refused' || kind === 'ended') return <p class="nothing">No values: this page is not connected.</p>;
  if (kind !== 'live') return <p class="nothing">Waiting for the broker.</p>;
  return (
    <div class="nothing">
      <p>
        No message yet. Topics appear here as soon as something is published: with the form on this page, by MQTT, or
        with
      </p>
      <p class="command">
        <code>{line}</code>
        <CopyButton text={line} label="Copy the command" />
      </p>
    </div>
  );
}
