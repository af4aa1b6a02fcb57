// What the filter box accepts: text found anywhere in the topic, or an MQTT filter as soon as it holds '+' or '#'.

export type topic_filter = (topic: string) => boolean;

export function topic_filter(text: string): topic_filter | undefined {
  const wanted = text.trim();
  if (wanted === '') return undefined;
  if (/[+#]/.test(wanted)) return mqtt_filter(wanted);
  const lower = wanted.toLowerCase();
  return (topic) => topic.toLowerCase().includes(lower);
}

function mqtt_filter(text: string): topic_filter {
  const levels = text.split('/');
  const tail = levels.at(-1) === '#'; // [MQTT-4.7.1-1] '#' is the last level
  if (tail) levels.pop();
  const valid = levels.every((level) => level === '+' || !/[+#]/.test(level)); // [MQTT-4.7.1-2]
  return (topic) => {
    if (!valid) return false;
    if (topic.startsWith('$') && !text.startsWith('$')) return false; // [MQTT-4.7.2-1]
    const given = topic.split('/');
    if (tail ? given.length < levels.length : given.length !== levels.length) return false;
    return levels.every((level, i) => level === '+' || level === given[i]);
  };
}
