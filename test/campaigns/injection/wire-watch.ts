// Reads every request to the vCenter with a parser that isn't the operator's, and the vCenter's verdict on it; and puts a
// string into what the vCenter tells.
import { XMLValidator } from 'fast-xml-parser';
import type { Tamper } from '../long-lived/tampering-proxy.ts';
import type { Fall } from '../long-lived/run-plans.ts';

/** Texts that people and guests choose, or that are made of what they chose. */
const TOLD_ELEMENTS = [
  'localizedMessage',
  'faultstring',
  'fullFormattedMessage',
  'fullName',
  'description',
  'label',
  'summary',
];
const TOLD_PROPERTIES = ['name', 'guest.hostName', 'guest.ipAddress', 'guest.toolsVersionStatus2', 'config.annotation'];
const ELEMENT = new RegExp(`(<(${TOLD_ELEMENTS.join('|')})(?: [^>]*)?>)[^<]*(</\\2>)`, 'g');
const PROPERTY = new RegExp(
  `(<name>(?:${TOLD_PROPERTIES.join('|').replaceAll('.', '\\.')})</name>(?:<op>\\w+</op>)?<val[^>]*xsd:string[^>]*>)[^<]*(</val>)`,
  'g',
);

export class WireWatch {
  readonly falls: Fall[] = [];
  #requests = 0;
  /** What the vCenter tells instead of such texts; undefined: the truth. */
  told: string | undefined;

  get requests(): number {
    return this.#requests;
  }

  readonly tamper: Tamper = {
    request: ({ body }) => {
      this.#requests += 1;
      const verdict = XMLValidator.validate(body);
      if (verdict !== true)
        this.falls.push({ oracle: 'well-formed', text: `${verdict.err.msg}: ${body.slice(0, 1000)}` });
      return body;
    },
    reply: ({ body }, reply) => {
      const text = reply.body.toString('utf8');
      if (reply.status === 500 && text.includes('InvalidRequestFault'))
        this.falls.push({ oracle: 'understood by vCenter', text: `${text.slice(0, 600)} to ${body.slice(0, 1000)}` });
      if (this.told === undefined) return reply;
      const said = asXml(this.told);
      const changed = text.replaceAll(ELEMENT, (_, open: string, _name, close: string) => open + said + close);
      const told = changed.replaceAll(PROPERTY, (_, open: string, close: string) => open + said + close);
      return { ...reply, body: Buffer.from(told) };
    },
  };
}

/** As a vCenter writes text; what XML can't hold goes as it is, as guests' texts do. */
function asXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
