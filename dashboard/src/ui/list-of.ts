/** What somebody wrote into a field that takes several: a line each, or with commas between; each once. */
export const listOf = (text: FormDataEntryValue | null): string[] => [
  ...new Set(
    String(text ?? '')
      .split(/[\s,]+/)
      .filter(Boolean),
  ),
];
