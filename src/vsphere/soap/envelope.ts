// One SOAP request as text, one SOAP reply as a value or a fault. A reply is only believed if it is one Envelope with one
// Body with the one response element that belongs to the method: a proxy's page or half a document must never read as
// "there are no virtual machines".
import type { MoRef } from '../mo-ref.ts';
import { isDataType, managedType } from '../schema.ts';
import type { MethodDef } from '../schema.ts';
import { decodeField, decodeNode } from './decode.ts';
import { encodeField } from './encode.ts';
import { escapeXml } from './escape.ts';
import { childrenOf, namespaceOf, parseXml, textOf, typeNameOf } from './xml-node.ts';
import type { XmlNode } from './xml-node.ts';

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const VIM = 'urn:vim25';
const OPEN =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  `<soapenv:Envelope xmlns:soapenv="${SOAP}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" ` +
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">';

export interface SoapFault {
  /** Type name of the fault. */
  readonly name: string;
  readonly detail: Record<string, unknown>;
  /** `faultstring`, in the language of the session. */
  readonly text: string;
}

export type SoapReply = { readonly value: unknown } | { readonly fault: SoapFault };

/** The definition of a method of the object's type; throws a TypeError where the table has none. */
export function methodOf(object: MoRef, method: string): MethodDef {
  const definition = managedType(object.type)?.methods.get(method);
  if (definition === undefined) throw new TypeError(`${object.type} has no method ${method}`);
  return definition;
}

/** The request document. `operationId` shows up in vCenter's own logs. */
export function encodeRequest(
  object: MoRef,
  method: MethodDef,
  args: Readonly<Record<string, unknown>>,
  operationId: string,
): string {
  for (const name of Object.keys(args)) {
    if (!method.params.some((param) => param.name === name))
      throw new TypeError(`${method.name} has no parameter ${name}`);
  }
  const header = `<soapenv:Header><operationID xmlns="${VIM}">${escapeXml(operationId)}</operationID></soapenv:Header>`;
  const target = `<_this type="${escapeXml(object.type)}">${escapeXml(object.value)}</_this>`;
  const params = method.params.map((param) => encodeField(param, args[param.name])).join('');
  const body = `<${method.name} xmlns="${VIM}">${target}${params}</${method.name}>`;
  return `${OPEN}${header}<soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
}

/** What a reply document says; throws a SyntaxError for everything that isn't a reply to this method. */
export function decodeReply(method: MethodDef, text: string): SoapReply {
  const envelope = parseXml(text);
  if (envelope.name !== 'Envelope' || namespaceOf(envelope) !== SOAP) throw new SyntaxError('not a SOAP envelope');
  const body = only(
    childrenOf(envelope).filter((node) => node.name === 'Body' && namespaceOf(node) === SOAP),
    'Body',
  );
  const content = only(childrenOf(body), 'element in the Body');
  if (content.name === 'Fault' && namespaceOf(content) === SOAP) return { fault: decodeFault(content) };
  if (content.name !== `${method.name}Response` || namespaceOf(content) !== VIM) {
    throw new SyntaxError(`not a reply to ${method.name}`);
  }
  if (method.returns.type === 'void') return { value: undefined };
  const returned = childrenOf(content);
  // with another name for it, an answer would read as "nothing was found"
  if (returned.some((node) => node.name !== 'returnval')) throw new SyntaxError('a reply with another element');
  const value = decodeField(method.returns, returned);
  if (value === undefined && !method.returns.optional && !method.returns.list)
    throw new SyntaxError('a reply without a value');
  return { value };
}

function decodeFault(node: XmlNode): SoapFault {
  const children = childrenOf(node);
  const find = (name: string): XmlNode | undefined => children.find((child) => child.name === name);
  const string = find('faultstring');
  const detailNode = find('detail');
  const [detail] = detailNode === undefined ? [] : childrenOf(detailNode);
  const text = string === undefined ? '' : textOf(string);
  if (detail === undefined) return { name: 'MethodFault', detail: {}, text };
  // The element is called like the fault with `Fault` at its end; its xsi:type is the fault itself.
  const name = typeNameOf(detail) ?? detail.name.replace(/Fault$/, '');
  return { name, detail: decodeNode(isDataType(name) ? name : 'MethodFault', detail) as Record<string, unknown>, text };
}

function only(nodes: readonly XmlNode[], what: string): XmlNode {
  const [node] = nodes;
  if (node === undefined || nodes.length !== 1) throw new SyntaxError(`${nodes.length} times ${what}`);
  return node;
}
