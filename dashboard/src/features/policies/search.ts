/** What the address of the policies screen holds: the part that is open, the bundle, and the question of the simulator. */
const TABS = ['edit', 'simulate', 'backtest', 'shadow', 'versions'] as const;
export type PolicyTab = (typeof TABS)[number];

export interface PolicySearch {
  readonly tab?: PolicyTab;
  readonly bundle?: string;
  /** As JSON, so that a case can be sent to somebody. */
  readonly q?: string;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

export const readPolicySearch = (search: Readonly<Record<string, unknown>>): PolicySearch => {
  const tab = TABS.find((one) => one === search.tab);
  const bundle = text(search.bundle);
  // The router reads JSON in an address as what it says.
  const q = typeof search.q === 'object' && search.q !== null ? JSON.stringify(search.q) : text(search.q);
  return {
    ...(tab === undefined ? {} : { tab }),
    ...(bundle === undefined ? {} : { bundle }),
    ...(q === undefined ? {} : { q }),
  };
};
