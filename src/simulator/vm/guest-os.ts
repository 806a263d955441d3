// Guest operating systems that a VM can be made for here: those that people use most. Any other id is taken too, and then is
// its own name.

export interface GuestOs {
  readonly id: string;
  readonly family: 'linuxGuest' | 'windowsGuest' | 'otherGuestFamily';
  readonly fullName: string;
}

export const GUESTS: readonly GuestOs[] = [
  { id: 'otherGuest', family: 'otherGuestFamily', fullName: 'Other (32-bit)' },
  { id: 'otherGuest64', family: 'otherGuestFamily', fullName: 'Other (64-bit)' },
  { id: 'otherLinux64Guest', family: 'linuxGuest', fullName: 'Other Linux (64-bit)' },
  { id: 'other5xLinux64Guest', family: 'linuxGuest', fullName: 'Other 5.x Linux (64-bit)' },
  { id: 'ubuntu64Guest', family: 'linuxGuest', fullName: 'Ubuntu Linux (64-bit)' },
  { id: 'debian12_64Guest', family: 'linuxGuest', fullName: 'Debian GNU/Linux 12 (64-bit)' },
  { id: 'rhel9_64Guest', family: 'linuxGuest', fullName: 'Red Hat Enterprise Linux 9 (64-bit)' },
  { id: 'sles15_64Guest', family: 'linuxGuest', fullName: 'SUSE Linux Enterprise 15 (64-bit)' },
  { id: 'vmwarePhoton64Guest', family: 'linuxGuest', fullName: 'VMware Photon OS (64-bit)' },
  { id: 'windows9_64Guest', family: 'windowsGuest', fullName: 'Microsoft Windows 10 (64-bit)' },
  { id: 'windows11_64Guest', family: 'windowsGuest', fullName: 'Microsoft Windows 11 (64-bit)' },
  { id: 'windows2019srv_64Guest', family: 'windowsGuest', fullName: 'Microsoft Windows Server 2019 (64-bit)' },
  { id: 'windows2019srvNext_64Guest', family: 'windowsGuest', fullName: 'Microsoft Windows Server 2022 (64-bit)' },
];

export function guestName(id: string): string | undefined {
  return GUESTS.find((guest) => guest.id === id)?.fullName;
}
