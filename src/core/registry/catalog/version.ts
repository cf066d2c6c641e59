/** Versions of a catalog (WCP 2.1): `1.0.0`, with or without `wcp-catalog@` in front; numbers are compared, not text. */
export const CATALOG_VERSION_PATTERN = /^(?:wcp-catalog@)?(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/;

/** The catalog that every Hall begins with. A decision that names no catalog was made under this one. */
export const FIRST_CATALOG = {
  version: '1.0.0',
  hash: 'aff4743d5a2ccd71e3e8af6dd73fa048766f70787a76eba95f4c4310ac0f0772',
} as const;

const numbers = (version: string): readonly number[] | null =>
  CATALOG_VERSION_PATTERN.exec(version)?.slice(1).map(Number) ?? null;

/** Negative when `a` is the earlier version, 0 when they are the same; what is no version comes before all that are. */
export const compareVersions = (a: string, b: string): number => {
  const left = numbers(a) ?? [];
  const right = numbers(b) ?? [];
  for (let part = 0; part < 3; part++) {
    const difference = (left[part] ?? -1) - (right[part] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Whether a catalog of this version is at least `minimum`; what is no version is not met. */
export const catalogMeets = (minimum: string, version: string): boolean =>
  numbers(minimum) !== null && numbers(version) !== null && compareVersions(version, minimum) >= 0;

/** `wcp-catalog@1.2.3` and `01.2.3` as `1.2.3`; null for what is no version. */
export const plainVersion = (version: string): string | null => numbers(version)?.join('.') ?? null;
