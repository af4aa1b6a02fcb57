// Judges values by schemas of the OpenAPI document, which in 3.1 are JSON Schema 2020-12.
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const errors_shown_max = 8;

export function judge_of(document) {
  // Not strict: "example" and other words of OpenAPI are none of JSON Schema. The linter looks at those.
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ ...document, $id: 'document' });
  // What is wrong with the value, or nothing. pointer: to a schema of the document.
  return (pointer, value) => {
    const valid = ajv.getSchema('document#' + pointer.split('/').map(encodeURIComponent).join('/'));
    if (!valid) return `there is no schema at ${pointer}`;
    if (valid(value)) return null;
    return valid.errors.slice(0, errors_shown_max).map((error) => `${error.instancePath || '/'} ${error.message} ` +
      JSON.stringify(error.params)).join('; ');
  };
}

export function escaped(part) {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}
