// What happens to sessions, for those who write it down.
import type { Session } from './session.ts';

export type SessionNews =
  | { readonly kind: 'login' | 'logout'; readonly session: Session }
  | { readonly kind: 'terminated'; readonly session: Session; readonly by: string }
  | { readonly kind: 'badLogin' | 'noAccess'; readonly userName: string; readonly ipAddress: string };
