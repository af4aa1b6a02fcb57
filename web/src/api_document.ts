// The operations of the broker's OpenAPI document, as far as the page shows them. Everything is checked: it came by network.
import { members } from './request';

export interface parameter {
  name: string;
  place: string; // path, query, header
  required: boolean;
  words: string;
  choices: string[];
}

export interface operation {
  id: string;
  method: string;
  path: string;
  tag: string;
  title: string;
  words: string;
  parameters: parameter[];
  body_types: string[]; // content types that it takes
  example: string;
}

const methods = ['get', 'head', 'put', 'post', 'patch', 'delete', 'options'];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export function operations_of(document: unknown): operation[] {
  const found: operation[] = [];
  for (const [path, under] of Object.entries(members(members(document).paths))) {
    for (const [method, given] of Object.entries(members(under))) {
      if (!methods.includes(method)) continue;
      const { operationId, tags, summary, description, parameters, requestBody } = members(given);
      const content = members(members(resolved(document, requestBody)).content);
      const example = Object.values(content).map((each) => members(each).example).find((each) => each !== undefined);
      found.push({
        id: text(operationId) || `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        tag: Array.isArray(tags) ? text(tags[0]) : '',
        title: text(summary),
        words: text(description),
        parameters: (Array.isArray(parameters) ? parameters : []).map((each) => parameter_of(resolved(document, each))),
        body_types: Object.keys(content),
        example: example === undefined ? '' : typeof example === 'string' ? example : JSON.stringify(example),
      });
    }
  }
  return found;
}

function parameter_of(given: Record<string, unknown>): parameter {
  const { schema } = given;
  const choices = members(schema).enum;
  return {
    name: text(given.name),
    place: text(given.in),
    required: given.required === true,
    words: text(given.description),
    choices: Array.isArray(choices) ? choices.map(String) : [],
  };
}

// References point into the same document, one step deep.
function resolved(document: unknown, value: unknown): Record<string, unknown> {
  const { $ref } = members(value);
  if (typeof $ref !== 'string') return members(value);
  return members($ref.replace(/^#\//, '').split('/').reduce<unknown>((at, name) => members(at)[name], document));
}

// The address and the headers that a form's entries stand for. Slashes stay in a path: a topic is one parameter.
export function filled(operation: operation, given: Record<string, string>): { url: string; headers: [string, string][] } {
  let url = operation.path;
  const query: string[] = [];
  const headers: [string, string][] = [];
  for (const { name, place } of operation.parameters) {
    const value = given[`${place} ${name}`] ?? '';
    if (place === 'path') url = url.replace(`{${name}}`, value.split('/').map(encodeURIComponent).join('/'));
    else if (value === '') continue;
    else if (place === 'query') query.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    else headers.push([name, value]);
  }
  return { url: query.length > 0 ? `${url}?${query.join('&')}` : url, headers };
}
