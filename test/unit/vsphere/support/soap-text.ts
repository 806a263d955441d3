// SOAP replies as text, the way a vCenter writes them.

const NAMESPACES =
  'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" ' +
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

export function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope ${NAMESPACES}>\n<soapenv:Body>\n${body}\n</soapenv:Body>\n</soapenv:Envelope>\n`;
}

export function response(method: string, content: string): string {
  return envelope(`<${method}Response xmlns="urn:vim25">${content}</${method}Response>`);
}

export function fault(name: string, fields = '', text = ''): string {
  const detail = `<detail><${name}Fault xmlns="urn:vim25" xsi:type="${name}">${fields}</${name}Fault></detail>`;
  return envelope(
    `<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>${text}</faultstring>${detail}</soapenv:Fault>`,
  );
}

/** The answer to RetrieveServiceContent. */
export function serviceContent(about: { apiType?: string; apiVersion?: string; instanceUuid?: string } = {}): string {
  const { apiType = 'VirtualCenter', apiVersion = '8.0.3.0', instanceUuid = 'uuid-1' } = about;
  return response(
    'RetrieveServiceContent',
    '<returnval><rootFolder type="Folder">group-d1</rootFolder>' +
      '<propertyCollector type="PropertyCollector">propertyCollector</propertyCollector>' +
      '<viewManager type="ViewManager">ViewManager</viewManager>' +
      '<about><name>VMware vCenter Server</name><fullName>VMware vCenter Server 8.0.3</fullName><vendor>VMware</vendor>' +
      `<version>8.0.3</version><build>1</build><osType>linux</osType><productLineId>vpx</productLineId>` +
      `<apiType>${apiType}</apiType><apiVersion>${apiVersion}</apiVersion><instanceUuid>${instanceUuid}</instanceUuid></about>` +
      '<sessionManager type="SessionManager">SessionManager</sessionManager>' +
      '<searchIndex type="SearchIndex">SearchIndex</searchIndex></returnval>',
  );
}

/** The answer to Login. */
export function userSession(key = 'session-1'): string {
  return response(
    'Login',
    `<returnval><key>${key}</key><userName>u</userName><fullName>u</fullName><loginTime>2026-11-21T12:00:00Z</loginTime>` +
      '<lastActiveTime>2026-11-21T12:00:00Z</lastActiveTime><locale>en</locale><messageLocale>en</messageLocale>' +
      '<extensionSession>false</extensionSession><ipAddress>127.0.0.1</ipAddress><userAgent>t</userAgent><callCount>0</callCount></returnval>',
  );
}
