// Reads {"asyncapi": document, "thing": document} and writes what the schemas of AsyncAPI 3.0 and of the Thing
// Description 1.1 have against them, one line each.
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const schemas = {
  asyncapi: require('@asyncapi/specs/schemas/3.0.0-without-$id.json'),
  thing: require('wot-thing-description-types/schema/td-json-schema-validation.json'),
};
const documents = JSON.parse(readFileSync(0, 'utf8'));
for (const [name, schema] of Object.entries(schemas)) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  const valid = ajv.compile(schema);
  if (!valid(documents[name]))
    for (const error of valid.errors) console.log(`${name}: ${error.instancePath || '/'} ${error.message}`);
}
