// Faults on the wire: HTTP 500, a sentence in faultstring, the typed fault in detail as `<XFault xsi:type="X">`.
import { isDataType } from '../schema/schema.ts';
import { EVERYTHING } from '../schema/version-view.ts';
import type { VimFault } from '../core/vim-fault.ts';
import { encodeFields } from './encode-value.ts';
import { escapeXml } from './escape-xml.ts';
import { wrapReply } from './envelope.ts';
import { VIM_NS } from './namespaces.ts';

/** The whole reply for a fault. */
export function encodeFault(fault: VimFault, view = EVERYTHING): string {
  if (!isDataType(fault.fault)) throw new TypeError(`unknown fault ${fault.fault}`);
  const type = view.typeFor(fault.fault);
  const out: string[] = [
    `<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>${escapeXml(fault.message)}</faultstring>`,
    `<detail><${type}Fault xmlns="${VIM_NS}" xsi:type="${type}">`,
  ];
  encodeFields(out, fault.fields, fault.fault, view);
  out.push(`</${type}Fault></detail></soapenv:Fault>`);
  return wrapReply(out.join(''));
}
