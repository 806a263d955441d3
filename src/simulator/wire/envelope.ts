// SOAP 1.1 envelopes: the one element in a request's body with what its header tells, and the frame around a reply.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { DecodeError, whileParsing } from './decode-error.ts';
import { decodeValue } from './decode-value.ts';
import { SOAP_NS, VIM_NS, XSD_NS, XSI_NS } from './namespaces.ts';
import { parseXml, XmlError } from './parse-xml.ts';
import type { XmlElement } from './xml-element.ts';

export interface SoapRequest {
  readonly method: string;
  /** The object the method is called on. */
  readonly target: MoRef;
  /** The call's element without `_this`: what the parameters are read from. */
  readonly call: XmlElement;
  readonly operationId: string | undefined;
  /** The session's cookie value, when it came in the SOAP header (`vcSessionCookie`) instead of in HTTP's. */
  readonly sessionCookie: string | undefined;
}

/** Reads a request. Throws DecodeError with vCenter's chain of contexts. */
export function readRequest(text: string): SoapRequest {
  return whileParsing('SOAP envelope', () => {
    const envelope = parse(text);
    if (envelope.name !== 'Envelope' || envelope.namespace !== SOAP_NS) {
      throw new DecodeError(`Unexpected element tag "${envelope.name}" seen`);
    }
    const [headers, bodies] = [named(envelope, 'Header'), named(envelope, 'Body')];
    const body = bodies[0];
    if (
      body === undefined ||
      bodies.length > 1 ||
      headers.length > 1 ||
      envelope.children.length !== headers.length + 1
    ) {
      throw new DecodeError('A SOAP envelope has one Body, after one Header at most');
    }
    const { method, target, call } = whileParsing('SOAP body', () => readCall(body));
    return {
      method,
      target,
      call,
      operationId: headerText(headers[0], 'operationID'),
      sessionCookie: headerText(headers[0], 'vcSessionCookie'),
    };
  });
}

/** A whole reply around the XML of its body. */
export function wrapReply(body: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenv="${SOAP_NS}" xmlns:xsd="${XSD_NS}" ` +
    `xmlns:xsi="${XSI_NS}"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`
  );
}

function parse(text: string): XmlElement {
  try {
    return parseXml(text);
  } catch (error) {
    if (error instanceof XmlError) throw new DecodeError(`Malformed XML: ${error.message}`, { cause: error });
    throw error;
  }
}

function named(envelope: XmlElement, name: string): readonly XmlElement[] {
  return envelope.children.filter((child) => child.name === name && child.namespace === SOAP_NS);
}

function headerText(header: XmlElement | undefined, name: string): string | undefined {
  const text = header?.children.find((child) => child.name === name)?.text.trim();
  return text === '' ? undefined : text;
}

function readCall(body: XmlElement): Pick<SoapRequest, 'method' | 'target' | 'call'> {
  const [element, ...others] = body.children;
  if (element === undefined || others.length > 0) throw new DecodeError('A SOAP body has exactly one element');
  if (element.namespace !== VIM_NS)
    throw new DecodeError(`Unexpected namespace "${element.namespace}" of method ${element.name}`);
  return whileParsing(`call information for method ${element.name}`, () => {
    const [self, ...parameters] = element.children;
    if (self?.name !== '_this') throw new DecodeError('Required parameter _this is missing');
    const target = decodeValue(self, '@') as MoRef;
    return { method: element.name, target, call: { ...element, children: parameters } };
  });
}
