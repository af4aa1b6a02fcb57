// Bytes that came as base64, and how a person reads them.

export function bytes_of(base64: string, bytes_max: number): Uint8Array {
  const wanted = base64.slice(0, Math.ceil(bytes_max / 3) * 4);
  return Uint8Array.from(atob(wanted.slice(0, wanted.length - (wanted.length % 4))), (each) => each.charCodeAt(0));
}

// Offset, sixteen bytes, and the characters among them.
export function hex_lines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    const hex = part.map((each) => each.toString(16).padStart(2, '0')).join(' ');
    const text = part.map((each) => (each > 31 && each < 127 ? String.fromCharCode(each) : '.')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines.join('\n');
}
