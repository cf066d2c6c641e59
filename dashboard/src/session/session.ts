/**
 * Who looks at this page. A person: the cookie that no script reads says who, and this remembers only that there is one
 * and which of their tenants is shown. Or a key of a tenant, held by this tab only and gone when it is closed. The
 * service decides what may be seen and done; the page never does.
 */
import { useSyncExternalStore } from 'react';

export interface Membership {
  readonly tenant: string;
  readonly role: string;
  readonly permissions: readonly string[];
}

export interface Person {
  readonly user: { readonly user_id: string; readonly email: string; readonly name: string };
  readonly tenants: readonly Membership[];
}

export interface KeySession {
  readonly kind: 'key';
  readonly key: string;
  /** The tenant that the key names. */
  readonly tenant: string;
}

export interface PersonSession extends Person {
  readonly kind: 'person';
  /** Null: not chosen yet, or there is none to choose. */
  readonly tenant: string | null;
}

export type Session = KeySession | PersonSession;

const KEY_STORED = 'guildhall.session';
const KEY = /^guild_(?:live|test)_([a-z0-9-]{3,40})_[0-9A-Za-z]{42}$/;
/** No secret: whether it is worth asking who is signed in. */
const SIGNED_IN = 'guildhall.signed-in';
/** Of this tab, and what the next tab begins with. */
const TENANT = 'guildhall.tenant';

/** Null: the text is no key of ours. */
export function sessionOf(key: string): KeySession | null {
  const tenant = KEY.exec(key.trim())?.[1];
  return tenant === undefined ? null : { kind: 'key', key: key.trim(), tenant };
}

function stored(): Session | null | undefined {
  const key = sessionStorage.getItem(KEY_STORED);
  const ofKey = key === null ? null : sessionOf(key);
  return ofKey ?? (localStorage.getItem(SIGNED_IN) === null ? null : undefined);
}

const listeners = new Set<() => void>();
/** Undefined: the service has not said yet. */
let current: Session | null | undefined = stored();

/** Who it is, and of what tenant: what one sees is not for another. */
export const identityOf = (session: Session | null | undefined): string => {
  if (session === null || session === undefined) return '';
  return session.kind === 'key' ? session.key : `${session.user.user_id} in ${session.tenant ?? ''}`;
};

let forget = (): void => {};
/** Called before anything is shown to another identity than before. */
export const beforeOthers = (forgetAll: () => void): void => {
  forget = forgetAll;
};

const change = (session: Session | null | undefined): void => {
  if (identityOf(session) !== identityOf(current)) forget();
  current = session;
  for (const listener of listeners) listener();
};

export const openWithKey = (session: KeySession): void => {
  sessionStorage.setItem(KEY_STORED, session.key);
  change(session);
};

/** The service has said who is signed in. */
export const openAs = (person: Person): void => {
  sessionStorage.removeItem(KEY_STORED);
  localStorage.setItem(SIGNED_IN, 'yes');
  const wanted = sessionStorage.getItem(TENANT) ?? localStorage.getItem(TENANT);
  const known = person.tenants.find(({ tenant }) => tenant === wanted);
  const only = person.tenants.length === 1 ? person.tenants[0] : undefined;
  change({ kind: 'person', ...person, tenant: (known ?? only)?.tenant ?? null });
};

export const chooseTenant = (tenant: string): void => {
  sessionStorage.setItem(TENANT, tenant);
  localStorage.setItem(TENANT, tenant);
  if (current?.kind === 'person') change({ ...current, tenant });
};

/** Forgets who it was; ending a session at the service is another matter. */
export const close = (): void => {
  sessionStorage.removeItem(KEY_STORED);
  localStorage.removeItem(SIGNED_IN);
  change(null);
};

/** The service knows the session no more: it has run out, or was ended elsewhere. */
export const sessionEnded = (): void => {
  if (current?.kind === 'person' || current === undefined) close();
};

/** Somebody came back from where they signed in: the service is asked who. */
export const expectPerson = (): void => {
  localStorage.setItem(SIGNED_IN, 'yes');
  change(undefined);
};

export const credential = (): Record<string, string> =>
  current?.kind === 'key' ? { authorization: `Bearer ${current.key}` } : {};

/** The address of a call: somebody may be in many tenants, so theirs name one; a key names its own. */
export const scoped = (path: string): string =>
  current?.kind === 'person' && current.tenant !== null && !path.startsWith('/v1/account/')
    ? `/t/${current.tenant}${path}`
    : path;

/** Undefined while it is not known. */
export const useSession = (): Session | null | undefined =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );

export const membershipOf = (session: Session | null | undefined): Membership | null =>
  session?.kind === 'person' ? (session.tenants.find(({ tenant }) => tenant === session.tenant) ?? null) : null;

/** The role that is shown; null for a key, whose scopes only the service knows. */
export const useRole = (): string | null => membershipOf(useSession())?.role ?? null;

/** Whether it is worth offering: a role that may not is told so beforehand, a key when it tries. */
export const useMay = (permission: string | undefined): boolean => {
  const session = useSession();
  if (session?.kind === 'key' || permission === undefined) return true;
  return membershipOf(session)?.permissions.includes(permission) ?? false;
};

export const roleName = (role: string): string => role.replaceAll('_', ' ');
