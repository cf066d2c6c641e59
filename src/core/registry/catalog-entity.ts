/** What a catalog says about one id (WCP 2.1, 7.1). */
export type EntityKind = 'capability' | 'species' | 'control' | 'policy' | 'profile' | 'event';
export type ControlTier = 'all' | 'medium' | 'high';
export type EnforcementPoint = 'hall' | 'platform' | 'worker';

export interface CatalogEntity {
  readonly id: string;
  readonly kind: EntityKind;
  readonly name: string;
  readonly status: 'active' | 'deprecated';
  /** Of a capability: how much harm a worker for it can do. */
  readonly risk_tier?: 'low' | 'medium' | 'high' | 'critical';
  /** Of a control: who enforces it, and from which risk tier up it is required. */
  readonly enforced_by?: EnforcementPoint;
  readonly required_from?: ControlTier;
  /** Of a profile: the risk tiers it is made for, and the controls it adds. */
  readonly risk_tiers?: readonly string[];
  readonly controls?: readonly string[];
  readonly superseded_by?: string;
  readonly deprecated_catalog?: string;
  readonly sunset_catalog?: string;
}
