// Makes the pad's icons: src/pad_icon.svg, and the same picture as PNG for phones that take nothing else.
// Only to be run when the picture changes: node pad_icons.mjs
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';

const room = fileURLToPath(new URL('src/', import.meta.url));
const ground = [0x0a, 0x65, 0x70];
const track = [0x7f, 0xe3, 0xe0];
const knob = [0xff, 0xff, 0xff];
// A switch that is on, in a picture of 32 by 32: a track with round ends and a knob in it.
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" fill="#0a6570"/>
  <path d="M12 16h8" stroke="#7fe3e0" stroke-width="11" stroke-linecap="round"/>
  <circle cx="20" cy="16" r="4" fill="#fff"/>
</svg>
`;

function colour_at(x, y) {
  if (Math.hypot(x - 20, y - 16) <= 4) return knob;
  if (Math.hypot(x - Math.max(12, Math.min(20, x)), y - 16) <= 5.5) return track;
  return ground;
}

function checksum(bytes) {
  if (crc32) return crc32(bytes);
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(type, body) {
  const content = Buffer.concat([Buffer.from(type), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(checksum(content) >>> 0);
  return Buffer.concat([length, content, check]);
}

function png(size) {
  const samples = [0.125, 0.375, 0.625, 0.875]; // 16 a pixel, for smooth edges
  const rows = [];
  for (let y = 0; y < size; y++) {
    const row = [0];
    for (let x = 0; x < size; x++) {
      const total = [0, 0, 0];
      for (const dy of samples)
        for (const dx of samples) colour_at(((x + dx) * 32) / size, ((y + dy) * 32) / size).forEach((part, i) => (total[i] += part));
      row.push(...total.map((part) => Math.round(part / 16)));
    }
    rows.push(Buffer.from(row));
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

writeFileSync(`${room}pad_icon.svg`, svg);
writeFileSync(`${room}pad_icon_192.png`, png(192));
