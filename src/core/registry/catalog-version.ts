/** Versions of the catalog (WCP 2.1): `1.0.0`, with or without `wcp-catalog@` in front. */
export const CATALOG_VERSION = '1.0.0';
export const CATALOG_VERSION_PATTERN = /^(?:wcp-catalog@)?(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/;

const numbers = (version: string): readonly number[] | null =>
  CATALOG_VERSION_PATTERN.exec(version)?.slice(1).map(Number) ?? null;

/** Whether the catalog in force is at least `minimum`; what is no version is not met. */
export const catalogMeets = (minimum: string, version: string = CATALOG_VERSION): boolean => {
  const wanted = numbers(minimum);
  const have = numbers(version);
  if (wanted === null || have === null) return false;
  const first = wanted.findIndex((part, index) => part !== have[index]);
  return first === -1 || (have[first] ?? 0) > (wanted[first] ?? 0);
};
