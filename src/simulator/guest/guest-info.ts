// GuestInfo: what VMware Tools report about the guest, or that they don't.
export interface GuestNic {
  readonly key: number;
  readonly mac: string;
  readonly network: string;
  readonly connected: boolean;
  /** Undefined: no address. */
  readonly address: string | undefined;
  readonly prefixLength: number;
}

/** What a guest says about itself. */
export interface GuestIdentity {
  readonly guestId: string;
  readonly guestFullName: string;
  readonly hostName: string;
  /** GuestInfoCustomizationInfo; undefined: never customized. */
  readonly customizationInfo: unknown;
}

const TOOLS_VERSION = '12389';

/** The property `guest` while the guest doesn't run, or has no Tools. */
export function silentGuest(tools: boolean, running: boolean, customizationInfo: unknown): Record<string, unknown> {
  const status = tools ? 'guestToolsCurrent' : 'guestToolsNotInstalled';
  return {
    toolsStatus: tools ? 'toolsNotRunning' : 'toolsNotInstalled',
    toolsVersionStatus: status,
    toolsVersionStatus2: status,
    toolsRunningStatus: 'guestToolsNotRunning',
    toolsVersion: tools ? TOOLS_VERSION : '0',
    net: [],
    guestState: running ? 'unknown' : 'notRunning',
    guestOperationsReady: false,
    interactiveGuestOperationsReady: false,
    guestStateChangeSupported: false,
    appHeartbeatStatus: 'appStatusGray',
    customizationInfo: customizationInfo ?? IDLE,
  };
}

/** The property `guest` of a guest whose Tools run. */
export function talkingGuest(identity: GuestIdentity, nics: readonly GuestNic[]): Record<string, unknown> {
  return {
    toolsStatus: 'toolsOk',
    toolsVersionStatus: 'guestToolsCurrent',
    toolsVersionStatus2: 'guestToolsCurrent',
    toolsRunningStatus: 'guestToolsRunning',
    toolsVersion: TOOLS_VERSION,
    toolsInstallType: 'guestToolsTypeMSI',
    guestId: identity.guestId,
    guestFamily: guestFamily(identity.guestId),
    guestFullName: identity.guestFullName,
    hostName: identity.hostName,
    ipAddress: nics.find((nic) => nic.address !== undefined)?.address,
    net: nics.map(nicInfo),
    guestState: 'running',
    guestOperationsReady: true,
    interactiveGuestOperationsReady: false,
    guestStateChangeSupported: true,
    appHeartbeatStatus: 'appStatusGray',
    customizationInfo: identity.customizationInfo ?? IDLE,
  };
}

const IDLE = Object.freeze({ customizationStatus: 'TOOLSDEPLOYPKG_IDLE' });

/** `windowsGuest`, `linuxGuest` or `otherGuestFamily`, from a guest id. */
export function guestFamily(guestId: string): string {
  if (/^win/i.test(guestId)) return 'windowsGuest';
  return /linux|ubuntu|debian|rhel|centos|sles|fedora|photon|coreos|oracle|rocky|alma/i.test(guestId)
    ? 'linuxGuest'
    : 'otherGuestFamily';
}

function nicInfo(nic: GuestNic): Record<string, unknown> {
  const addresses = nic.address === undefined ? [] : [nic.address];
  return {
    network: nic.network,
    ipAddress: addresses,
    macAddress: nic.mac,
    connected: nic.connected,
    deviceConfigId: nic.key,
    ipConfig: {
      ipAddress: addresses.map((ipAddress) => ({ ipAddress, prefixLength: nic.prefixLength, state: 'preferred' })),
    },
  };
}
