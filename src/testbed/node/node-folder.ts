// Names and addresses of the one node that a machine can have, and the paths in the folder of a run.
import { join } from 'node:path';

export const NODE_NAME = 'node-1';
export const BRIDGE = 'lco-pods';
/** Beside the service range, in the same reserved network. */
export const POD_RANGE = '198.18.42.0/24';
/** This machine as Pods reach it, whether there is a bridge already or not: an address on the loopback interface. */
export const HOST_ADDRESS = '198.18.43.1';
export const PAUSE_IMAGE = 'localhost/pause:1';

export interface NodeFolder {
  directory: string;
  /** Of containerd. */
  socket: string;
}

/** Below the folder of the control plane. */
export function nodeFolder(controlPlaneDirectory: string): NodeFolder {
  const directory = join(controlPlaneDirectory, 'node');
  return { directory, socket: join(directory, 'containerd.sock') };
}
