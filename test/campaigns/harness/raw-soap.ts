// A few calls of another client's that the product's own table of methods doesn't have.
import { Agent, request } from 'node:https';
import { readAll } from './forward.ts';

interface Reply {
  readonly text: string;
  readonly cookie: string | undefined;
}

function post(url: string, body: string, cookie?: string): Promise<Reply> {
  const agent = new Agent({ rejectUnauthorized: false });
  const envelope = `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Body>${body}</Body></Envelope>`;
  const headers = {
    'content-type': 'text/xml; charset=utf-8',
    soapaction: 'urn:vim25/8.0.3.0',
    'content-length': Buffer.byteLength(envelope),
    ...(cookie === undefined ? {} : { cookie }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (reply) => {
      readAll(reply).then((text) => {
        agent.destroy();
        resolve({ text: text.toString('utf8'), cookie: reply.headers['set-cookie']?.[0]?.split(';')[0] });
      }, reject);
    });
    sent.once('error', reject);
    sent.end(envelope);
  });
}

/** Logs in, calls once, logs out; the reply. Rejects with the fault's text. */
export async function callRaw(
  { url, username, password }: { readonly url: string; readonly username: string; readonly password: string },
  target: { readonly type: string; readonly value: string },
  method: string,
  args: string,
): Promise<string> {
  const manager = '<_this type="SessionManager">SessionManager</_this>';
  const login = `<Login xmlns="urn:vim25">${manager}<userName>${username}</userName><password>${password}</password></Login>`;
  const { cookie, text: welcome } = await post(url, login);
  if (cookie === undefined) throw new Error(`no session: ${welcome.slice(0, 300)}`);
  const self = `<_this type="${target.type}">${target.value}</_this>`;
  const { text } = await post(url, `<${method} xmlns="urn:vim25">${self}${args}</${method}>`, cookie);
  await post(url, `<Logout xmlns="urn:vim25">${manager}</Logout>`, cookie);
  if (text.includes('Fault>')) throw new Error(`${method}: ${text.slice(0, 500)}`);
  return text;
}
