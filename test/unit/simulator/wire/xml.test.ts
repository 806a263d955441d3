// Reading XML that may be hostile: what is refused, and that names, prefixes, entities and text come out right.
import { describe, expect, it } from '@jest/globals';
import { escapeXml } from '../../../../src/simulator/wire/escape-xml.ts';
import { parseXml, XmlError } from '../../../../src/simulator/wire/parse-xml.ts';
import { attribute } from '../../../../src/simulator/wire/xml-element.ts';

describe('parseXml', () => {
  it('resolves prefixes by scope, for elements and attributes', () => {
    const root = parseXml('<a:x xmlns:a="urn:1" xmlns="urn:2"><y a:k="1" k="2"><a:z xmlns:a="urn:3"/></y></a:x>');
    const y = root.children[0];
    expect([root.namespace, y?.namespace, y?.children[0]?.namespace]).toEqual(['urn:1', 'urn:2', 'urn:3']);
    expect(y === undefined ? [] : [attribute(y, 'urn:1', 'k'), attribute(y, '', 'k')]).toEqual(['1', '2']);
  });

  it('keeps text as it is: white space, leading zeros, entities, CDATA', () => {
    const text = (xml: string): string => parseXml(`<a>${xml}</a>`).text;
    expect(text(' 007 ')).toBe(' 007 ');
    expect(text('&lt;a&gt; &amp;amp; &#65;&#x1F600;')).toBe('<a> &amp; A😀');
    expect(text('1<![CDATA[<&amp;]]>2')).toBe('1<&amp;2');
    expect(text('a<!-- b -->c')).toBe('ac');
  });

  it.each([
    ['a document type', '<!DOCTYPE a><a/>'],
    ['an entity declaration', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['a broken entity', '<a>& b</a>'],
    ['a forbidden character reference', '<a>&#0;</a>'],
    ['a surrogate reference', '<a>&#xD800;</a>'],
    ['a truncated document', '<a><b></b>'],
    ['crossed tags', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['no root', '   '],
    ['an undeclared prefix', '<x:a/>'],
    ['an undeclared attribute prefix', '<a x:b="1"/>'],
    ['a repeated attribute', '<a b="1" b="2"/>'],
    ['deep nesting', '<a>'.repeat(5000) + '</a>'.repeat(5000)],
    ['more tags than any call has', `<a>${'<b/>'.repeat(400_000)}</a>`],
    ['more attributes than any call has', `<a>${'<b c="d" e=\'f\'/>'.repeat(30_001)}</a>`],
    ['a tag as long as none is', `<a b="${'x'.repeat(70_000)}"/>`],
    ['a tag as long as none is, with brackets in its values', `<a ${'b="<>" '.repeat(10_000)}/>`],
    ['text', 'hello'],
  ])('refuses %s', (_what, xml) => {
    expect(() => parseXml(xml)).toThrow(XmlError);
  });

  it('takes long lists and long texts, whatever looks like markup in them', () => {
    const list = '<o><obj type="VirtualMachine">vm-1</obj><skip>false</skip></o>'.repeat(25_000);
    expect(parseXml(`<a>${list}</a>`).children).toHaveLength(25_000);
    const data = `<b c="${'d" '.repeat(70_000)}`;
    expect(parseXml(`<a><![CDATA[${data}]]></a>`).text).toBe(data);
    expect(parseXml(`<a><!--${data}--><b>${'x'.repeat(100_000)}</b></a>`).children).toHaveLength(1);
  });

  it('keeps one copy of the namespaces that thousands of elements see', () => {
    const declared = Array.from({ length: 2000 }, (_, index) => `xmlns:p${index}="urn:${index}"`).join(' ');
    const children = '<p7:b xmlns:p8="urn:inner"><p8:c/></p7:b>'.repeat(20_000);
    const before = process.memoryUsage().heapUsed;
    const root = parseXml(`<a ${declared}>${children}<p8:d/></a>`);
    // A copy for each of them would be 40 million entries.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 * 1024);
    expect([root.children[0]?.namespace, root.children[0]?.children[0]?.namespace]).toEqual(['urn:7', 'urn:inner']);
    expect(root.children.at(-1)?.namespace).toBe('urn:8');
  });

  it.each(['__proto__', 'constructor', 'prototype'])('refuses the name %s, which a parser could trip over', (name) => {
    expect(() => parseXml(`<a><${name} polluted="1"/></a>`)).toThrow(XmlError);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('escapeXml', () => {
  it('comes back as it was, but for characters that XML cannot carry', () => {
    const text = 'a<b>&"c\r\n\t ü😀';
    expect(parseXml(`<a b="${escapeXml(text.replaceAll(/[\n\t]/g, ' '))}">${escapeXml(text)}</a>`).text).toBe(text);
    expect(escapeXml('a\u0000b\u001fc\uffff')).toBe('a\ufffdb\ufffdc\ufffd');
  });
});
