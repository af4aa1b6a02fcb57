// What may be published on and subscribed to. A broker ends the connection over anything else, so it never gets there.
const bytes_max = 65_535;

function fits(text: string): boolean {
  return text !== '' && !text.includes('\0') && new TextEncoder().encode(text).length <= bytes_max;
}

export function is_topic_name(text: string): boolean {
  return fits(text) && !/[+#]/.test(text); // [MQTT-3.3.2-2]
}

export function is_topic_filter(text: string): boolean {
  const levels = text.split('/');
  return fits(text) && levels.every((level, i) => level === '+' || (level === '#' && i === levels.length - 1) || !/[+#]/.test(level)); // [MQTT-4.7.1-1] [MQTT-4.7.1-2]
}
