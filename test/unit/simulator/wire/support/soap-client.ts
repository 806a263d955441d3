// A bare SOAP client for tests of the wire: XML goes out as it is written, and comes back parsed. It knows nothing of
// vim25, so that a mistake in the codec can't hide behind the same mistake here.
import { Agent, request } from 'undici';
import { parseXml } from '../../../../../src/simulator/wire/parse-xml.ts';
import { attribute } from '../../../../../src/simulator/wire/xml-element.ts';
import type { XmlElement } from '../../../../../src/simulator/wire/xml-element.ts';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The one element in the SOAP body. */
  readonly body: XmlElement;
  /** Type of the fault in detail; undefined for a reply without one. */
  readonly fault: string | undefined;
  readonly faultString: string;
}

export class SoapClient {
  readonly url: string;
  cookie: string | undefined;
  readonly #agent = new Agent({ connect: { rejectUnauthorized: false } });

  constructor(url: string) {
    this.url = url;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  /** Posts any text. */
  async post(text: string | Buffer, headers: Record<string, string> = {}): Promise<Reply> {
    const {
      statusCode,
      headers: received,
      body,
    } = await request(this.url, {
      method: 'POST',
      dispatcher: this.#agent,
      body: text,
      headers: {
        'content-type': 'text/xml; charset=utf-8',
        soapaction: '"urn:vim25/8.0.3.0"',
        ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
        ...headers,
      },
    });
    const reply = await body.text();
    const setCookie = received['set-cookie'];
    if (setCookie !== undefined) this.cookie = String(setCookie).split(';')[0] ?? '';
    return read(statusCode, received, reply);
  }

  /** GETs a path of the same server: `/sdk/vimServiceVersions.xml`. */
  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { statusCode, body } = await request(this.url.replace(/\/sdk$/, path), { dispatcher: this.#agent });
    return { status: statusCode, text: await body.text() };
  }

  /** Posts an envelope around the XML of its body. */
  envelope(body: string, header = ''): Promise<Reply> {
    return this.post(
      `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="${XSI}">${header}<s:Body>${body}</s:Body></s:Envelope>`,
    );
  }

  /** Calls a method: `call('PowerOnVM_Task', 'VirtualMachine', 'vm-12', '')`. */
  call(method: string, type: string, value: string, args = ''): Promise<Reply> {
    return this.envelope(`<${method} xmlns="urn:vim25"><_this type="${type}">${value}</_this>${args}</${method}>`);
  }

  login(userName = 'administrator@vsphere.local', password = 'simulator'): Promise<Reply> {
    return this.call(
      'Login',
      'SessionManager',
      'SessionManager',
      `<userName>${userName}</userName><password>${password}</password>`,
    );
  }
}

function read(status: number, headers: Reply['headers'], text: string): Reply {
  const empty: XmlElement = { namespace: '', name: '', attributes: [], children: [], text: '', scope: new Map() };
  if (!text.startsWith('<?xml')) return { status, headers, text, body: empty, fault: undefined, faultString: '' };
  const body = parseXml(text).children.find((child) => child.name === 'Body')?.children[0] ?? empty;
  const detail = body.name === 'Fault' ? find(body, 'detail')?.children[0] : undefined;
  return {
    status,
    headers,
    text,
    body,
    fault: detail === undefined ? undefined : attribute(detail, XSI, 'type'),
    faultString: find(body, 'faultstring')?.text ?? '',
  };
}

/** The first child with this name. */
export function find(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce((at, name) => at?.children.find((child) => child.name === name), element);
}

/** All children with this name. */
export function findAll(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The value of xsi:type. */
export function typeOf(element: XmlElement | undefined): string | undefined {
  return element === undefined ? undefined : attribute(element, XSI, 'type');
}
