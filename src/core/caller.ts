/**
 * Who is calling, made once in the middleware, and what each permission opens. A credential carries scopes; this file
 * is the one place that says what a scope is for.
 */
export type CallerKind = 'human' | 'agent' | 'coordinator' | 'service' | 'worker' | 'operator' | 'system';

export const SCOPES = [
  'hall:route',
  'hall:read',
  'hall:enroll',
  'hall:admin',
  'hall:approve',
  'ledger:read',
  'runtime:delivery',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Part of `hall:admin`, and of some people's roles without the rest of it. */
export const FINE_PERMISSIONS = ['policy:write', 'members:manage'] as const;
export type Permission = Scope | (typeof FINE_PERMISSIONS)[number];
/** `any`: whatever opens this tenant at all. Null: for the operator and the object itself only. */
export type Demand = Permission | 'any' | null;

export interface Actor {
  readonly kind: CallerKind;
  readonly id: string;
  readonly role?: string;
}
