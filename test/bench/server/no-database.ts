/** In the place of D1, where it is on none of the paths that are looked at: takes any statement and has no rows. */
const statement = {
  bind: () => statement,
  run: async () => ({ results: [], success: true, meta: {} }),
  all: async () => ({ results: [], success: true, meta: {} }),
  raw: async () => [],
  first: async () => null,
};

export const noDatabase = {
  prepare: () => statement,
  batch: async (list: readonly unknown[]) => list.map(() => ({ results: [] })),
} as unknown as D1Database;
