/**
 * The states of a job (CAP 3.1) and the one table of where each may go. What holds work that nobody leases yet is here
 * in full; what comes of a lease is in the table, and reached when there are leases.
 */
export const JOB_STATES = [
  'PENDING',
  'APPROVAL_REQUIRED',
  'SCHEDULED',
  'DISPATCHED',
  'RUNNING',
  'RETRYING',
  'SUCCEEDED',
  'FAILED',
  'FAILED_FATAL',
  'TIMEOUT',
  'CANCELLED',
  'DENIED',
  'OUTPUT_QUARANTINED',
] as const;
export type JobState = (typeof JOB_STATES)[number];

const ENDS = ['FAILED', 'TIMEOUT', 'CANCELLED'] as const;
const RESULTS = ['RETRYING', 'SUCCEEDED', 'FAILED_FATAL', 'OUTPUT_QUARANTINED'] as const;

const MAY_GO: Readonly<Record<JobState, readonly JobState[]>> = {
  PENDING: ['APPROVAL_REQUIRED', 'SCHEDULED', 'DENIED', ...ENDS],
  APPROVAL_REQUIRED: ['PENDING', 'DENIED', ...ENDS],
  SCHEDULED: ['DISPATCHED', 'APPROVAL_REQUIRED', 'DENIED', ...ENDS],
  DISPATCHED: ['RUNNING', ...RESULTS, ...ENDS],
  RUNNING: [...RESULTS, ...ENDS],
  RETRYING: ['DISPATCHED', 'APPROVAL_REQUIRED', 'DENIED', ...ENDS],
  SUCCEEDED: ['OUTPUT_QUARANTINED'],
  FAILED: [],
  FAILED_FATAL: [],
  TIMEOUT: [],
  CANCELLED: [],
  DENIED: [],
  OUTPUT_QUARANTINED: [],
};

export const mayGo = (from: JobState, to: JobState): boolean => MAY_GO[from].includes(to);

export const isTerminal = (state: JobState): boolean => MAY_GO[state].length === 0 || state === 'SUCCEEDED';

/** As a JobStatus of the wire: it has no words for a wait, a retry and a quarantine. */
export const capStatus = (state: JobState): string => {
  if (state === 'APPROVAL_REQUIRED') return 'JOB_STATUS_PENDING';
  if (state === 'RETRYING') return 'JOB_STATUS_FAILED_RETRYABLE';
  return `JOB_STATUS_${state === 'OUTPUT_QUARANTINED' ? 'FAILED' : state}`;
};
