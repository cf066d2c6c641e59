/** The operator's key: it opens the network's own routes. Kept in memory, and gone with a reload. */
import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let current: string | null = null;

export const holdOperatorKey = (key: string | null): void => {
  current = key;
  for (const listener of listeners) listener();
};

export const operatorHeaders = (): Record<string, string> =>
  current === null ? {} : { authorization: `Bearer ${current}` };

export const useIsOperator = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current !== null,
  );
