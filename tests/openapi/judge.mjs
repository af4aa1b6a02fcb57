// Reads {"document": ..., "values": [{"name", "pointer", "value"}]} and writes what is wrong, one line for each value.
import { readFileSync } from 'node:fs';
import { judge_of } from './schemas.mjs';

const { document, values } = JSON.parse(readFileSync(0, 'utf8'));
const judge = judge_of(document);
for (const { name, pointer, value } of values) {
  const wrong = judge(pointer, value);
  if (wrong) console.log(`${name}: ${wrong}; it is ${JSON.stringify(value).slice(0, 600)}`);
}
