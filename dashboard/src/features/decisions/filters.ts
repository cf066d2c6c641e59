/** What the list of decisions is narrowed to; the members of the address are those of the API. */
export interface Filters {
  readonly outcome?: string;
  readonly deny_class?: string;
  readonly capability_id?: string;
  readonly worker_id?: string;
  readonly correlation_id?: string;
}

const NAMES = ['outcome', 'deny_class', 'capability_id', 'worker_id', 'correlation_id'] as const;

export const readFilters = (search: Readonly<Record<string, unknown>>): Filters =>
  Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = search[name];
      return typeof value === 'string' && value !== '' ? [[name, value]] : [];
    }),
  );
