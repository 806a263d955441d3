// The cookie vmware_soap_session, quoted as vCenter quotes it; clients send it back with or without the quotes.

const NAME = 'vmware_soap_session';

/** The Set-Cookie header that starts a session, or ends it when `value` is ''. */
export function setCookieHeader(value: string): string {
  const end = value === '' ? ' Expires=Thu, 01 Jan 1970 00:00:00 GMT;' : '';
  return `${NAME}="${value}"; Path=/; HttpOnly; Secure;${end}`;
}

/** The session's value out of a Cookie header. */
export function readCookie(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (pair.slice(0, equals).trim() !== NAME) continue;
    const value = pair.slice(equals + 1).trim();
    return value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1) : value;
  }
  return undefined;
}
