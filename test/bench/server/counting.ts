/**
 * Instrumented bindings: counts what the product asks of storage and network, by name. Runs inside the bench Worker
 * and only where asked for, since a proxied binding is a slower one. Objects of one Worker share the isolate here.
 */
const counts: Record<string, number> = {};

export const count = (name: string, by = 1): void => {
  counts[name] = (counts[name] ?? 0) + by;
};

export const takeCounts = (): Record<string, number> => {
  const taken = { ...counts };
  for (const name of Object.keys(counts)) delete counts[name];
  return taken;
};

/** Counts each method called on `target` as `<name>.<method>`; namespaces hand out stubs that are counted too. */
export const counted = <T extends object>(target: T, name: string): T =>
  new Proxy(target, {
    get: (of, key) => {
      const member: unknown = Reflect.get(of, key);
      if (typeof member !== 'function' || typeof key !== 'string') return member;
      return (...args: readonly unknown[]) => {
        const answer: unknown = Reflect.apply(member, of, args);
        if (key === 'getByName' || key === 'get') return counted(answer as object, name);
        count(`${name}.${key}`);
        return answer;
      };
    },
  });

/** Rows that an object's statements read and wrote, as it is billed for them. */
export const countRows = (sql: SqlStorage, name: string): void => {
  const exec = sql.exec.bind(sql);
  Object.defineProperty(sql, 'exec', {
    value: (query: string, ...bindings: readonly SqlStorageValue[]) => {
      const cursor = exec(query, ...bindings);
      count(`${name}.statements`);
      // A write is done by now; what a read costs is known once its rows were taken.
      count(`${name}.rowsWritten`, cursor.rowsWritten);
      if (/^\s*select/i.test(query)) count(`${name}.selects`);
      return cursor;
    },
  });
};
