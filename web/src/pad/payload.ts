// Between what a topic says and what a widget means: JSON pointers, numbers, colours.
import type { colour_form } from './layout';

// RFC 6901. Objects and lists come back as JSON; undefined: there is no such member.
export function at_pointer(payload: string, pointer: string): string | undefined {
  if (pointer === '') return payload;
  try {
    let value: unknown = JSON.parse(payload);
    for (const step of pointer.split('/').slice(1)) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
      value = (value as Record<string, unknown>)[name];
    }
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return undefined;
  }
}

export function to_number(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const hex = (value: number): string => Math.round(value).toString(16).padStart(2, '0').toUpperCase();
const is_part = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 255;

// '#RRGGBB' of any form that we write.
export function to_colour(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^#[0-9a-f]{6}$/i.test(text)) return text.toUpperCase();
  let parts: unknown[] = text.split(',').map(Number);
  if (text.startsWith('{'))
    try {
      const { r, g, b } = JSON.parse(text) as Record<string, unknown>;
      parts = [r, g, b];
    } catch {
      return undefined;
    }
  return parts.length === 3 && parts.every(is_part) ? `#${parts.map(hex).join('')}` : undefined;
}

export function write_colour(colour: string, form: colour_form): string {
  if (form === 'hex') return colour.toUpperCase();
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return form === 'rgb' ? `${r},${g},${b}` : JSON.stringify({ r, g, b });
}

export function in_format(format: string, value: string): string {
  return format === '' ? value : format.replace('{}', () => value);
}

// A picture as a data URL that can't be anything but a picture; undefined: no picture that a page may show.
export function picture_url(bytes: Uint8Array, text: string | undefined): string | undefined {
  const begins = (...head: number[]): boolean => head.every((byte, i) => bytes[i] === byte);
  const type = begins(0xff, 0xd8, 0xff)
    ? 'jpeg'
    : begins(0x89, 0x50, 0x4e, 0x47)
      ? 'png'
      : begins(0x47, 0x49, 0x46, 0x38)
        ? 'gif'
        : begins(0x52, 0x49, 0x46, 0x46) && bytes[8] === 0x57
          ? 'webp'
          : undefined;
  if (type) {
    let binary = '';
    for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return `data:image/${type};base64,${btoa(binary)}`;
  }
  // Of this broker, or inside the message: the page's policy forbids every other place.
  if (text && (/^\/(?!\/)[^\s]*$/.test(text) || /^data:image\/(png|jpeg|gif|webp);base64,[\w+/=]+$/.test(text))) return text;
  return undefined;
}
