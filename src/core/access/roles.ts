/**
 * What people may do: the one table of roles and permissions. A scope of an API key is a permission; people's roles name
 * finer ones beside them, which `hall:admin` includes. Judged in the tenant object and in services, never in routes.
 */
import { type Demand, FINE_PERMISSIONS, type Permission, SCOPES, type Scope } from '../caller.ts';
import type { SupervisorLevel } from '../vocabulary.ts';

export const ROLES = ['owner', 'admin', 'policy_author', 'approver', 'operator', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

const READS = ['hall:read', 'ledger:read'] as const;

const PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  owner: [...SCOPES, ...FINE_PERMISSIONS],
  admin: [...SCOPES, ...FINE_PERMISSIONS],
  policy_author: [...READS, 'policy:write'],
  approver: [...READS, 'hall:approve'],
  operator: [...READS, 'hall:route', 'hall:enroll', 'runtime:delivery', 'hall:approve'],
  auditor: READS,
};

export const permissionsOf = (role: Role): readonly Permission[] => PERMISSIONS[role];

/** The scopes that a person of this role may give to a key. */
export const scopesOf = (role: Role): readonly Scope[] => SCOPES.filter((scope) => PERMISSIONS[role].includes(scope));

const isFine = (permission: Permission): boolean => FINE_PERMISSIONS.some((fine) => fine === permission);

/** The scope of a key that includes the permission. */
export const scopeFor = (permission: Permission): Permission => (isFine(permission) ? 'hall:admin' : permission);

export const permits = (held: readonly Permission[], needed: Permission): boolean =>
  held.includes(needed) || (isFine(needed) && held.includes('hall:admin'));

export const meets = (held: readonly Permission[], demand: Demand): boolean =>
  demand === 'any' || (demand !== null && permits(held, demand));

/** Who administers a tenant takes its incidents in hand; whoever may answer at all, everything below that. */
export const supervisorLevel = (held: readonly Permission[]): SupervisorLevel =>
  permits(held, 'hall:admin') ? 'incident_commander' : 'executor';

/** Whether somebody may change the membership of another: only owners make, change and remove owners. */
export const mayChangeMember = (by: Role, from: Role | null, to: Role | null): boolean =>
  permits(permissionsOf(by), 'members:manage') && (by === 'owner' || (from !== 'owner' && to !== 'owner'));
