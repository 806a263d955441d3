// Names of Services for Pods: answers `<service>.<namespace>.svc.cluster.local` with the Service's address and knows no other
// name. As much of RFC 1035 as a resolver's questions need.
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';

const HEADER_BYTES = 12;
const TYPE_A = 1;
const RESPONSE_FLAGS = 0x8580; // a response, authoritative, recursion desired and available
const NO_SUCH_NAME = 3;
const TTL_SECONDS = 1;
const SUFFIX = '.svc.cluster.local';

/** The address of `service.namespace`, if there is one. */
export type AddressOf = (name: string) => string | undefined;

/** Serves on UDP port 53 of `address`; gives the socket to close. */
export async function startClusterDns(address: string, addressOf: AddressOf): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const response = answer(question, addressOf);
    if (response !== undefined) socket.send(response, from.port, from.address);
  });
  socket.bind({ address, port: 53 });
  await once(socket, 'listening');
  return socket;
}

/** The response to one question; undefined for what isn't one. */
export function answer(message: Buffer, addressOf: AddressOf): Buffer | undefined {
  const asked = readQuestion(message);
  if (asked === undefined) return undefined;
  const address = asked.name.endsWith(SUFFIX) ? addressOf(asked.name.slice(0, -SUFFIX.length)) : undefined;
  const records = address !== undefined && asked.type === TYPE_A ? [aRecord(address)] : [];
  const header = Buffer.from(message.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(RESPONSE_FLAGS | (address === undefined ? NO_SUCH_NAME : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, message.subarray(HEADER_BYTES, asked.end), ...records]);
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } | undefined {
  if (message.length < HEADER_BYTES || message.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = message[at]; length !== 0; length = message[at]) {
    if (length === undefined || length > 63) return undefined;
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  if (end > message.length) return undefined;
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end };
}

function aRecord(address: string): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc00c, 0); // the name asked for
  record.writeUInt16BE(TYPE_A, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(4, 10);
  Buffer.from(address.split('.').map(Number)).copy(record, 12);
  return record;
}
