/**
 * The closed words of a routing question and the spellings that are read as them (WCP 2.2, 6). Rules, requests, worker
 * records and policies all read words here, so that an alias means the same everywhere.
 */
export const ENVS = ['dev', 'stage', 'prod', 'edge'] as const;
export const DATA_LABELS = ['PUBLIC', 'INTERNAL', 'RESTRICTED'] as const;
export const TENANT_RISKS = ['low', 'medium', 'high'] as const;
export const QOS_CLASSES = ['P0', 'P1', 'P2', 'P3'] as const;

export type HallEnv = (typeof ENVS)[number];
export type DataLabel = (typeof DATA_LABELS)[number];
export type TenantRisk = (typeof TENANT_RISKS)[number];
export type QosClass = (typeof QOS_CLASSES)[number];

/** The five keys a rule may match on, in the order in which input is checked. */
export const MATCH_KEYS = ['capability_id', 'env', 'data_label', 'tenant_risk', 'qos_class'] as const;
export type MatchKey = (typeof MATCH_KEYS)[number];
/** Those of them whose values are one of a few words. */
export type WordKey = Exclude<MatchKey, 'capability_id'>;

/** A routing question with its aliases resolved; `capability_id` is any string, matched raw. */
export interface RouteQuery {
  readonly capability_id: string;
  readonly env: HallEnv;
  readonly data_label: DataLabel;
  readonly tenant_risk: TenantRisk;
  readonly qos_class: QosClass;
}

const words = <T extends string>(
  own: readonly T[],
  aliases: Readonly<Record<string, T>> = {},
): ReadonlyMap<string, T> => new Map([...own.map((word) => [word, word] as const), ...Object.entries(aliases)]);

const ENV_WORDS = words(ENVS, { staging: 'stage' });
const LABEL_WORDS = words(DATA_LABELS, { CONFIDENTIAL: 'RESTRICTED', SECRET: 'RESTRICTED' });
const RISK_WORDS = words(TENANT_RISKS, { critical: 'high' });
const QOS_WORDS = words(QOS_CLASSES);

/** Each reads a word or one of its aliases; null for every other string. */
export const readEnv = (word: string): HallEnv | null => ENV_WORDS.get(word) ?? null;
export const readDataLabel = (word: string): DataLabel | null => LABEL_WORDS.get(word) ?? null;
export const readTenantRisk = (word: string): TenantRisk | null => RISK_WORDS.get(word) ?? null;
export const readQosClass = (word: string): QosClass | null => QOS_WORDS.get(word) ?? null;

export const readWord: Readonly<Record<WordKey, (word: string) => string | null>> = {
  env: readEnv,
  data_label: readDataLabel,
  tenant_risk: readTenantRisk,
  qos_class: readQosClass,
};

/** Control ids are compared in this form (WCP 3.3) and echoed as they were written. */
export const normalControl = (id: string): string => (id.includes('_') ? id.replaceAll('_', '-') : id);

/** Control ids twice, at the same positions: as they were written (echoed) and as they are compared. */
export interface ControlList {
  readonly asWritten: readonly string[];
  readonly normal: readonly string[];
}

export const controlList = (ids: readonly string[]): ControlList => ({
  asWritten: ids,
  normal: ids.map(normalControl),
});

/** Floors treat edge as prod (WCP 2.2). */
export const isProduction = (env: HallEnv): boolean => env === 'prod' || env === 'edge';

export const SUPERVISOR_LEVELS = ['advisory', 'gatekeeper', 'executor', 'incident_commander'] as const;
export type SupervisorLevel = (typeof SUPERVISOR_LEVELS)[number];
