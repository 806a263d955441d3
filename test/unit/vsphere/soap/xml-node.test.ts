// Documents that would keep a parser busy for seconds are refused by a look at the text; the longest real ones aren't.
import { describe, expect, it } from '@jest/globals';
import { childrenOf, parseXml, typeNameOf } from '../../../../src/vsphere/soap/xml-node.ts';

const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

function levels(count: number, attributes: (level: number) => string, inside = ''): string {
  const open = Array.from({ length: count }, (_, level) => `<d ${attributes(level)}>`).join('');
  return open + inside + '</d>'.repeat(count);
}

describe('parseXml', () => {
  it.each([
    ['tags', `<a>${'<w/>'.repeat(80_000)}</a>`, 'more than 80000 tags'],
    ['comments', `<a>${'<!---->'.repeat(80_000)}</a>`, 'more than 80000 tags'],
    ['attributes', `<a>${'<b c="d" e=\'f\'/>'.repeat(30_001)}</a>`, 'more than 60000 attributes'],
    ['references', `<a>${'&amp;'.repeat(50_001)}</a>`, 'more than 50000 references'],
    ['characters in a tag', `<a b="${'c'.repeat(20_000)}"/>`, 'a tag of more than 16384 characters'],
    ['characters in a tag without an end', `<a ${'b '.repeat(20_000)}`, 'a tag of more than 16384 characters'],
    ['levels', levels(1_500, () => ''), 'refuses'],
    ['a document type', '<!DOCTYPE a><a/>', 'document type'],
  ])('refuses too many: %s', (_, text, message) => {
    expect(() => parseXml(text)).toThrow(message);
    expect(() => parseXml(text)).toThrow(SyntaxError);
  });

  it('takes a list of 20,000 references, and one large text', () => {
    const reference = `<ManagedObjectReference type="VirtualMachine" xsi:type="x">vm-1</ManagedObjectReference>`;
    expect(childrenOf(parseXml(`<a ${XSI}>${reference.repeat(20_000)}</a>`))).toHaveLength(20_000);
    expect(parseXml(`<a>${'x'.repeat(1_000_000)}</a>`).name).toBe('a');
  });

  it('counts no markup within comments and CDATA', () => {
    expect(parseXml(`<a><![CDATA[${'<'.repeat(200_000)}]]><!--${'<'.repeat(200_000)}--></a>`).name).toBe('a');
  });
});

describe('namespaces', () => {
  const innermost = (text: string): string | undefined => {
    let node = parseXml(text);
    for (let [inner] = childrenOf(node); inner !== undefined; [inner] = childrenOf(inner)) node = inner;
    return typeNameOf(node);
  };

  it('may be declared anew on every level of the deepest chain', () => {
    const chain = levels(300, (level) => `xmlns:p${level}="u"`, `<e ${XSI} xsi:type="p7:Last"/>`);
    expect(innermost(chain)).toBe('Last');
  });

  it('are refused where there are more than anybody declares: each name is looked for in all of them', () => {
    const many = (tag: number): string => Array.from({ length: 300 }, (_, i) => `xmlns:p${tag}x${i}="u"`).join(' ');
    expect(() => innermost(levels(4, many, '<e/>'))).toThrow('more than 400 namespaces');
  });
});
