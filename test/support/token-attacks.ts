/**
 * Tokens that nobody may take (RFC 8725, and what was done to verifiers in the past): each with the reason for which it
 * is refused. The same table is held against the pure judge and against the real route.
 */
import { fromBase64Url, toBase64Url } from '../../src/core/bytes.ts';
import type { FaultReason } from '../../src/core/signatory/fault.ts';
import { compact, hmac, jwt, newKey, part, type TestKey } from './forge.ts';

export const ISSUER = 'https://idp.acme.com/';
export const AUDIENCE = 'guildhall';

export interface Keys {
  readonly es: TestKey;
  readonly ed: TestKey;
  readonly rsa: TestKey;
  /** Not registered; the second by the name of one that is. */
  readonly foreign: TestKey;
  readonly impostor: TestKey;
  /** Of another registered issuer. */
  readonly other: TestKey;
}

export const makeKeys = async (): Promise<Keys> => {
  const [es, ed, rsa, foreign, impostor, other] = await Promise.all([
    newKey('ES256', 'es-1'),
    newKey('EdDSA', 'ed-1'),
    newKey('RS256', 'rsa-1'),
    newKey('ES256', 'foreign-1'),
    newKey('ES256', 'es-1'),
    newKey('ES256', 'other-1'),
  ]);
  return { es, ed, rsa, foreign, impostor, other };
};

/** What the tokens are judged by. */
export const termsOf = ({ es, ed, rsa }: Keys) => ({
  name: 'Acme',
  issuer: ISSUER,
  jwks: { keys: [es.jwk, ed.jwk, rsa.jwk] },
  audiences: [AUDIENCE, 'guildhall-2'],
  algorithms: ['ES256', 'EdDSA', 'RS256'],
  tenant_claim: 'tenant_id',
  tenant_ids: { acme: 'acme-corp' },
  clock_skew_s: 10,
  max_lifetime_s: 600,
});

export const otherTermsOf = ({ other }: Keys) => ({
  ...{ name: 'Other', issuer: 'https://idp.other.com/', audiences: [AUDIENCE], algorithms: ['ES256'] },
  jwks: { keys: [other.jwk] },
  tenant_ids: { globex: 'globex' },
});

export interface Bench extends Keys {
  /** Seconds since the epoch. */
  readonly now: number;
  /** Claims that are good, changed. */
  readonly claims: (change?: object) => Readonly<Record<string, unknown>>;
  /** A token that is good but for this. */
  readonly token: (claims?: object, header?: object, key?: TestKey) => Promise<string>;
}

export const benchOf = (keys: Keys, now: number): Bench => {
  const claims = (change: object = {}) => ({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'agent-7',
    tenant_id: 'acme',
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 300,
    ...change,
  });
  return { ...keys, now, claims, token: (change, header, key = keys.es) => jwt(key, claims(change), header) };
};

type Attack = readonly [name: string, reason: FaultReason, make: (bench: Bench) => string | Promise<string>];

const raw = (bench: Bench, header: object | string, claims: object | string = bench.claims()): Promise<string> =>
  compact(header, claims, bench.es.sign);
const HEADER = { alg: 'ES256', kid: 'es-1', typ: 'JWT' };
const none = (alg: string, signature = ''): Attack => [
  `alg ${alg}${signature === '' ? '' : ', with a signature'}`,
  'algorithm_none',
  ({ claims }) => `${part({ alg, typ: 'JWT' })}.${part(claims())}.${signature}`,
];
const signedAs = async (bench: Bench, alg: string, key: TestKey): Promise<string> =>
  compact({ alg, kid: key.kid, typ: 'JWT' }, bench.claims(), key.sign);
const withSignature = async (bench: Bench, change: (signature: Uint8Array) => Uint8Array, key?: TestKey) => {
  const token = await bench.token({}, {}, key);
  const [header, claims, signature = ''] = token.split('.');
  return `${header}.${claims}.${toBase64Url(change(fromBase64Url(signature) ?? new Uint8Array()))}`;
};
const swapped = async (bench: Bench, claims: object): Promise<string> => {
  const [header, , signature] = (await bench.token()).split('.');
  return `${header}.${part(bench.claims(claims))}.${signature}`;
};
const der = (signature: Uint8Array): Uint8Array => {
  const integer = (bytes: Uint8Array) => [0x02, bytes.length + 1, 0, ...bytes];
  const body = [...integer(signature.subarray(0, 32)), ...integer(signature.subarray(32))];
  return Uint8Array.of(0x30, body.length, ...body);
};
const ORDER_P256 = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
const orderTwice = (): Uint8Array =>
  Uint8Array.from((ORDER_P256 + ORDER_P256).match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

export const ATTACKS: readonly Attack[] = [
  // no signature
  none('none'),
  none('None'),
  none('nOnE'),
  none('none', 'AAAA'),
  ['no alg', 'algorithm_missing', (b) => raw(b, { kid: 'es-1', typ: 'JWT' })],
  ['alg null', 'algorithm_not_allowed', (b) => raw(b, { ...HEADER, alg: null })],
  ['alg a list', 'algorithm_not_allowed', (b) => raw(b, { ...HEADER, alg: ['ES256'] })],
  ['alg in lower case', 'algorithm_not_allowed', (b) => raw(b, { ...HEADER, alg: 'es256' })],
  ['alg with a space', 'algorithm_not_allowed', (b) => raw(b, { ...HEADER, alg: 'ES256 ' })],
  ['signature left out', 'signature_invalid', async (b) => (await b.token()).replace(/[^.]+$/, '')],
  ['signature and its dot left out', 'malformed', async (b) => (await b.token()).replace(/\.[^.]+$/, '')],
  // another algorithm
  [
    'HS256 by the public key as JWK',
    'algorithm_not_allowed',
    (b) => compact({ ...HEADER, alg: 'HS256' }, b.claims(), hmac(JSON.stringify(b.es.jwk))),
  ],
  [
    'HS256 by the modulus',
    'algorithm_not_allowed',
    (b) =>
      compact({ alg: 'HS256', kid: 'rsa-1', typ: 'JWT' }, b.claims(), hmac(fromBase64Url(String(b.rsa.jwk.n)) ?? '')),
  ],
  ['HS256 by nothing', 'algorithm_not_allowed', (b) => compact({ ...HEADER, alg: 'HS256' }, b.claims(), hmac('\0'))],
  ['HS512', 'algorithm_not_allowed', (b) => raw(b, { ...HEADER, alg: 'HS512' })],
  ['RS256 for the key of ES256', 'key_unknown', (b) => signedAs(b, 'RS256', b.es)],
  ['ES256 for the key of EdDSA', 'key_unknown', (b) => signedAs(b, 'ES256', b.ed)],
  ['EdDSA for the key of RS256', 'key_unknown', (b) => signedAs(b, 'EdDSA', b.rsa)],
  ['ES384, not registered', 'algorithm_not_allowed', (b) => signedAs(b, 'ES384', b.es)],
  ['PS256 for the key of RS256', 'algorithm_not_allowed', (b) => signedAs(b, 'PS256', b.rsa)],
  ['RS1', 'algorithm_not_allowed', (b) => signedAs(b, 'RS1', b.rsa)],
  ['ES256K', 'algorithm_not_allowed', (b) => signedAs(b, 'ES256K', b.es)],
  ['dir', 'algorithm_not_allowed', (b) => raw(b, { ...HEADER, alg: 'dir' })],
  // keys that the token brings along
  ['its own jwk', 'header_not_allowed', (b) => b.token({}, { jwk: b.foreign.jwk }, b.foreign)],
  ['its own jwk beside a good key', 'header_not_allowed', (b) => b.token({}, { jwk: b.es.jwk })],
  ['jku', 'header_not_allowed', (b) => b.token({}, { jku: 'https://evil.com/jwks.json' }, b.foreign)],
  ['jku at home', 'header_not_allowed', (b) => b.token({}, { jku: `${ISSUER}jwks.json` })],
  ['x5u', 'header_not_allowed', (b) => b.token({}, { x5u: 'https://evil.com/cert.pem' }, b.foreign)],
  ['x5c', 'header_not_allowed', (b) => b.token({}, { x5c: ['MIIB'] }, b.foreign)],
  ['kid of a path', 'key_unknown', (b) => b.token({}, { kid: '../../../../dev/null' })],
  ['kid of SQL', 'key_unknown', (b) => b.token({}, { kid: "x' UNION SELECT 'secret" })],
  ['kid of a prototype', 'key_unknown', (b) => b.token({}, { kid: '__proto__' })],
  ['kid in other case', 'key_unknown', (b) => b.token({}, { kid: 'ES-1' })],
  ['kid a number', 'key_id_malformed', (b) => b.token({}, { kid: 1 })],
  ['kid an object', 'key_id_malformed', (b) => b.token({}, { kid: { kid: 'es-1' } })],
  ['kid empty', 'key_id_malformed', (b) => b.token({}, { kid: '' })],
  ['kid of a kilobyte', 'key_id_malformed', (b) => b.token({}, { kid: 'k'.repeat(1_024) })],
  ['a key of nobody', 'key_unknown', (b) => b.token({}, {}, b.foreign)],
  ['another key by a good name', 'signature_invalid', (b) => b.token({}, {}, b.impostor)],
  ['the key of another issuer', 'key_unknown', (b) => b.token({}, {}, b.other)],
  ['the key of another issuer, by a good name', 'signature_invalid', (b) => b.token({}, { kid: 'es-1' }, b.other)],
  // extensions
  ['crit', 'header_not_allowed', (b) => b.token({}, { crit: ['exp'], exp: 1 })],
  ['crit of an unknown member', 'header_not_allowed', (b) => b.token({}, { crit: ['x-ours'], 'x-ours': true })],
  ['crit empty', 'header_not_allowed', (b) => b.token({}, { crit: [] })],
  ['b64 false', 'header_not_allowed', (b) => b.token({}, { crit: ['b64'], b64: false })],
  ['b64 false without crit', 'header_not_allowed', (b) => b.token({}, { b64: false })],
  ['zip', 'header_not_allowed', (b) => b.token({}, { zip: 'DEF' })],
  ['a token inside', 'nested', async (b) => compact({ ...HEADER, cty: 'JWT' }, await b.token(), b.es.sign)],
  ['encrypted', 'encrypted', (b) => `${part({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.AA.AA.${part(b.claims())}.AA`],
  ['enc in a signed token', 'header_not_allowed', (b) => b.token({}, { enc: 'A256GCM' })],
  // the form
  ['nothing', 'malformed', () => '.'],
  ['two dots', 'header_malformed', () => '..'],
  ['four parts', 'malformed', async (b) => `${await b.token()}.AAAA`],
  ['padded base64', 'malformed', async (b) => `${await b.token()}=`],
  [
    'plain base64',
    'malformed',
    async (b) => withSignature(b, () => new Uint8Array(64).fill(255)).then((t) => t.replaceAll('_', '/')),
  ],
  ['stray bits', 'malformed', async (b) => (await b.token()).replace(/.$/, '_')],
  ['a line break', 'malformed', async (b) => (await b.token()).replace('.', '.\n')],
  [
    'JSON serialisation',
    'malformed',
    async (b) => {
      const [protectedPart, payload, signature] = (await b.token()).split('.');
      return JSON.stringify({ protected: protectedPart, payload, signature });
    },
  ],
  ['header a list', 'header_malformed', (b) => raw(b, '[]')],
  ['header repeats alg', 'header_malformed', (b) => raw(b, '{"alg":"none","alg":"ES256","kid":"es-1","typ":"JWT"}')],
  [
    'header not UTF-8',
    'header_malformed',
    (b) => `${toBase64Url(Uint8Array.of(0x7b, 0xff, 0x7d))}.${part(b.claims())}.AA`,
  ],
  ['typ a number', 'header_malformed', (b) => b.token({}, { typ: 1 })],
  [
    'claims repeat sub',
    'payload_malformed',
    (b) => raw(b, HEADER, `{"tenant_id":"globex",${JSON.stringify(b.claims()).slice(1)}`),
  ],
  ['claims a text', 'payload_malformed', (b) => raw(b, HEADER, '"claims"')],
  ['claims with a comment', 'payload_malformed', (b) => raw(b, HEADER, `${JSON.stringify(b.claims())} //`)],
  ['claims with a byte order mark', 'payload_malformed', (b) => raw(b, HEADER, `\ufeff${JSON.stringify(b.claims())}`)],
  [
    'claims nested without end',
    'payload_malformed',
    (b) => raw(b, HEADER, `{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}`),
  ],
  ['too long', 'too_large', (b) => b.token({ padding: 'x'.repeat(9_000) })],
  // the signature
  ['zeros', 'signature_invalid', (b) => withSignature(b, (s) => s.map(() => 0))],
  ['zeros by EdDSA', 'signature_invalid', (b) => withSignature(b, (s) => s.map(() => 0), b.ed)],
  ['zeros by RS256', 'signature_invalid', (b) => withSignature(b, (s) => s.map(() => 0), b.rsa)],
  ['ones', 'signature_invalid', (b) => withSignature(b, (s) => s.map(() => 255))],
  ['r and s the order of the curve', 'signature_invalid', (b) => withSignature(b, orderTwice)],
  ['DER instead of r and s', 'signature_invalid', (b) => withSignature(b, der)],
  [
    'a flipped bit',
    'signature_invalid',
    (b) => withSignature(b, (s) => s.map((byte, at) => (at === 40 ? byte ^ 1 : byte))),
  ],
  ['half', 'signature_invalid', (b) => withSignature(b, (s) => s.slice(0, 32))],
  ['one byte more', 'signature_invalid', (b) => withSignature(b, (s) => Uint8Array.of(...s, 0))],
  ['of another token', 'signature_invalid', (b) => swapped(b, { tenant_id: 'acme', sub: 'admin' })],
  // from whom
  ['no iss', 'issuer_missing', (b) => b.token({ iss: undefined })],
  ['iss of nobody', 'issuer_unknown', (b) => b.token({ iss: 'https://idp.evil.com/' })],
  ['iss without its slash', 'issuer_unknown', (b) => b.token({ iss: ISSUER.slice(0, -1) })],
  ['iss in upper case', 'issuer_unknown', (b) => b.token({ iss: ISSUER.toUpperCase() })],
  ['iss a list', 'claim_malformed', (b) => b.token({ iss: [ISSUER] })],
  ['iss of another that did not sign', 'key_unknown', (b) => b.token({ iss: 'https://idp.other.com/' })],
  // what kind
  ['no typ', 'typ_wrong', (b) => b.token({}, { typ: undefined })],
  ['an access token for an id token', 'typ_wrong', (b) => b.token({}, { typ: 'at+jwt' })],
  ['a proof for a token', 'typ_wrong', (b) => b.token({}, { typ: 'dpop+jwt' })],
  ['one of our own grants', 'typ_wrong', (b) => b.token({}, { typ: 'guildhall-grant+jwt' })],
  // for whom
  ['no aud', 'audience_missing', (b) => b.token({ aud: undefined })],
  ['aud empty', 'audience_missing', (b) => b.token({ aud: [] })],
  ['aud of somebody else', 'audience_wrong', (b) => b.token({ aud: 'billing' })],
  ['aud a longer name', 'audience_wrong', (b) => b.token({ aud: `${AUDIENCE}.evil.com` })],
  ['aud shared with somebody else', 'audience_shared', (b) => b.token({ aud: [AUDIENCE, 'billing'] })],
  ['aud a number', 'claim_malformed', (b) => b.token({ aud: 7 })],
  ['aud a list with an object', 'claim_malformed', (b) => b.token({ aud: [AUDIENCE, {}] })],
  // when; the skew is 10 seconds, the longest life 600
  ['no exp', 'expiry_missing', (b) => b.token({ exp: undefined })],
  ['exp a text', 'claim_malformed', (b) => b.token({ exp: String(b.now + 300) })],
  ['exp null', 'claim_malformed', (b) => b.token({ exp: null })],
  ['exp negative', 'claim_malformed', (b) => b.token({ exp: -1 })],
  ['exp beyond all time', 'claim_malformed', (b) => b.token({ exp: 1e300 })],
  ['expired', 'expired', (b) => b.token({ iat: b.now - 400, exp: b.now - 100 })],
  ['expired with its skew just now', 'expired', (b) => b.token({ exp: b.now - 10 })],
  ['not valid yet', 'not_yet_valid', (b) => b.token({ nbf: b.now + 60 })],
  ['nbf a text', 'claim_malformed', (b) => b.token({ nbf: '0' })],
  ['issued in the future', 'issued_in_future', (b) => b.token({ iat: b.now + 60 })],
  ['iat a text', 'claim_malformed', (b) => b.token({ iat: 'now' })],
  ['valid for a year', 'lifetime_too_long', (b) => b.token({ exp: b.now + 31_536_000 })],
  ['at the end of a long life', 'lifetime_too_long', (b) => b.token({ iat: b.now - 700, exp: b.now + 100 })],
  // about whom
  ['no sub', 'subject_missing', (b) => b.token({ sub: undefined })],
  ['sub empty', 'claim_malformed', (b) => b.token({ sub: '' })],
  ['sub an object', 'claim_malformed', (b) => b.token({ sub: { id: 1 } })],
  ['no jti', 'token_id_missing', (b) => b.token({ jti: undefined })],
  ['jti a number', 'claim_malformed', (b) => b.token({ jti: 1 })],
  ['no tenant', 'tenant_missing', (b) => b.token({ tenant_id: undefined })],
  ['a foreign subject', 'tenant_not_covered', (b) => b.token({ tenant_id: 'globex' })],
  ['a subject out of a prototype', 'tenant_not_covered', (b) => b.token({ tenant_id: 'constructor' })],
  ['tenant a list', 'claim_malformed', (b) => b.token({ tenant_id: ['acme'] })],
  ['scope a number', 'claim_malformed', (b) => b.token({ scope: 1 })],
  // bound to a key that is not shown
  ['bound, without a proof', 'proof_missing', (b) => b.token({ cnf: { jkt: 'A'.repeat(43) } })],
  ['bound to a certificate', 'confirmation_unsupported', (b) => b.token({ cnf: { 'x5t#S256': 'A'.repeat(43) } })],
  ['bound to both', 'confirmation_unsupported', (b) => b.token({ cnf: { jkt: 'A'.repeat(43), 'x5t#S256': 'A' } })],
  ['bound to nothing', 'confirmation_unsupported', (b) => b.token({ cnf: {} })],
  ['bound to a short name', 'claim_malformed', (b) => b.token({ cnf: { jkt: 'A' } })],
  ['cnf a text', 'claim_malformed', (b) => b.token({ cnf: 'jkt' })],
];

/** Not a copy of the bytes: a token that is good, to see that the table's keys and terms are. */
export const GOOD: readonly (readonly [name: string, make: (bench: Bench) => Promise<string>])[] = [
  ['ES256', (b) => b.token()],
  ['EdDSA', (b) => b.token({}, {}, b.ed)],
  ['RS256', (b) => b.token({}, {}, b.rsa)],
  ['typ spelled out', (b) => b.token({}, { typ: 'application/JWT' })],
  ['typ in lower case', (b) => b.token({}, { typ: 'jwt' })],
  ['several audiences, all ours', (b) => b.token({ aud: [AUDIENCE, 'guildhall-2'] })],
  ['no kid, and one key that fits', (b) => b.token({}, { kid: undefined })],
  ['within its skew', (b) => b.token({ exp: b.now - 5 })],
  ['nbf within its skew', (b) => b.token({ nbf: b.now + 5 })],
  ['unknown members', (b) => b.token({ email: 'a@b.c' }, { x5t: 'abc' })],
];
