export interface Bundle {
  readonly id: string;
  readonly enabled: boolean;
  readonly published: boolean;
  /** Whether it says something else than what is in force of it. */
  readonly draft: boolean;
  readonly revision: number;
  readonly saved_by: string;
  readonly updated_at: string;
  readonly message: string;
  readonly rule_count: number;
}

export interface Snapshot {
  readonly id: string;
  readonly hash: string;
  readonly note: string;
  readonly author: string;
  readonly created_at: string;
  readonly bundle_ids: readonly string[];
}

export interface SnapshotWhole extends Snapshot {
  readonly bundles: readonly { readonly id: string; readonly content: string }[];
}

export interface Finding {
  readonly kind: string;
  readonly rule_id: string;
  readonly message: string;
}

export interface Validated {
  readonly rules: number;
  readonly policy_snapshot: string;
  readonly findings: readonly Finding[];
  readonly warnings: readonly { readonly field: string; readonly message: string; readonly line?: number }[];
}

export interface TraceStep {
  readonly rule_id: string;
  readonly bundle_id: string;
  readonly matched: boolean;
  readonly failed_key: string | null;
  readonly expected?: unknown;
  readonly actual?: unknown;
  readonly decision: string;
}

export interface Explained {
  readonly decision: string;
  readonly reason: string;
  readonly rule_id: string;
  readonly policy_snapshot: string;
  readonly approval_required: boolean;
  readonly retry_after_ms: number | null;
  readonly warnings: readonly string[];
  readonly trace: readonly TraceStep[];
  readonly would_change: readonly {
    readonly rule_id: string;
    readonly key: string;
    readonly expected: unknown;
    readonly actual: unknown;
    readonly decision: string;
  }[];
}

export interface Changed {
  readonly job_id: string;
  readonly original_decision: string;
  readonly new_decision: string;
  readonly direction: string;
}

export interface Totals {
  readonly decisions: number;
  readonly asked: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly would_block: number;
  readonly would_allow: number;
  readonly would_hold: number;
  readonly unknown: number;
}

export interface BacktestPage {
  readonly progress: { readonly scanned: number; readonly of: number; readonly percent: number };
  readonly totals: Totals;
  readonly rule_hits: readonly { readonly rule_id: string; readonly count: number }[];
  readonly changes: readonly Changed[];
  readonly done: boolean;
  readonly next_cursor: string | null;
}
