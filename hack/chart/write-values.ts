// A tree of values -> the text of values.yaml, the JSON schema that Helm checks, and the rows of the README's table.
import type { JsonSchema, Value } from './value.ts';

const WIDTH = 110;

/** values.yaml: each value with its sentence above it. */
export function valuesYaml(root: Value, header: string): string {
  const text = `${comment(header, '')}${lines(root.members ?? {}, '').join('\n')}\n`;
  return text.replaceAll(/ +$/gm, '');
}

/** Strict everywhere but in open groups, so that a typo is an error and not a value that nobody reads. */
export function valuesSchema(root: Value, title: string): string {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', title, ...schemaOf(root) };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** A Markdown table of every value by its path. */
export function valuesTable(root: Value): string {
  const rows = leaves(root, '').map(
    ([path, value]) =>
      `| \`${path}\` | ${cell(defaultText(value))} | ${cell(allowed(value))} | ${cell(value.description)} |`,
  );
  return ['| value | default | allowed | what it is |', '|---|---|---|---|', ...rows].join('\n');
}

function lines(members: Readonly<Record<string, Value>>, indent: string): string[] {
  return Object.entries(members).flatMap(([name, value]) => {
    const blank = indent === '' ? [''] : [];
    const said = comment(value.description, indent).trimEnd().split('\n');
    if (value.members === undefined)
      return value.default === undefined ? [] : [...blank, ...said, `${indent}${name}: ${yaml(value.default, indent)}`];
    const below = lines(value.members, `${indent}  `);
    return [...blank, ...said, `${indent}${name}:${below.length === 0 ? ' {}' : ''}`, ...below];
  });
}

/** Flow style for what is short and empty, block style for the rest. */
function yaml(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return scalar(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return value.map((item) => `\n${indent}  - ${yaml(item, `${indent}  `).replace(/^\n\s*/, '')}`).join('');
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  return entries.map(([key, item]) => `\n${indent}  ${key}: ${yaml(item, `${indent}  `)}`).join('');
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[A-Za-z/][\w./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : `'${value.replaceAll("'", "''")}'`;
}

function comment(text: string, indent: string): string {
  const wrapped: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + 2 + line.length + 1 + word.length > WIDTH) {
      wrapped.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  wrapped.push(line);
  return `${wrapped.map((one) => `${indent}# ${one}`).join('\n')}\n`;
}

function schemaOf(value: Value): JsonSchema {
  const { description, schema, members, open } = value;
  if (members === undefined) return { ...schema, description };
  const properties = Object.fromEntries(Object.entries(members).map(([name, member]) => [name, schemaOf(member)]));
  return { ...schema, description, properties, additionalProperties: open === true };
}

function leaves(value: Value, path: string): [string, Value][] {
  if (value.members === undefined) return [[path, value]];
  const own: [string, Value][] = value.open === true && path !== '' ? [[path, value]] : [];
  const below = Object.entries(value.members).flatMap(([name, member]) =>
    leaves(member, path === '' ? name : `${path}.${name}`),
  );
  return [...own, ...below];
}

function defaultText({ default: value, members }: Value): string {
  if (members !== undefined || value === undefined || value === '') return '';
  return `\`${JSON.stringify(value).replace(/^"(.*)"$/, '$1')}\``;
}

function allowed({ schema, members }: Value): string {
  if (members !== undefined) return 'object';
  const choices = schema['enum'] as readonly unknown[] | undefined;
  if (choices !== undefined) return choices.map((one) => `\`${String(one)}\``).join(', ');
  const types = [schema['type']].flat().filter((one) => one !== undefined);
  const { minimum, maximum } = schema;
  const bounds = [
    ...(minimum === undefined || minimum === 0 ? [] : [`at least ${String(minimum)}`]),
    ...(maximum === undefined ? [] : [`at most ${String(maximum)}`]),
  ];
  return [types.join(' or '), ...bounds].filter((one) => one !== '').join(', ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
