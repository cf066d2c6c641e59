/** Texts that may hold control characters, as an entry keeps them: percent-encoded, readable, exactly reversible. */

/** `%` and control characters; nothing else, so that a text stays readable. */
const TO_ENCODE = /[%\u0000-\u001f\u007f]/g;

export const encodeText = (raw: string): string =>
  raw.replace(TO_ENCODE, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`);

export const decodeText = (encoded: string): string =>
  encoded.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
