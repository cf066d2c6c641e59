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
  'ledger:read',
  'runtime:delivery',
] as const;
export type Scope = (typeof SCOPES)[number];
/** `any`: whatever opens this tenant at all. Null: for the operator and the object itself only. */
export type Demand = Scope | 'any' | null;

export interface Actor {
  readonly kind: CallerKind;
  readonly id: string;
  readonly role?: string;
}
