/**
 * Reads TypeScript as text, since TypeScript 7 has no API to ask: which parts are code, and what is imported. Comments,
 * strings and regular expressions are blanked with spaces, so words are found only in code and offsets stay true.
 */

export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

export interface Source {
  readonly path: string;
  /** The text with comments, string contents and regular expressions blanked. */
  readonly code: string;
  /** The contents of its string literals and templates. */
  readonly strings: readonly string[];
  readonly imports: readonly Import[];
}

const QUOTES = `'"\``;
const REGEX_MAY_FOLLOW = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|yield|await))\s*$/;

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/** Where the regular expression literal that starts at `start` ends, or -1 if the slash is a division. */
const regexEnd = (text: string, start: number, before: string): number => {
  if (!REGEX_MAY_FOLLOW.test(before.slice(-40))) return -1;
  let inClass = false;
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at];
    if (char === '\n') return -1;
    if (char === '\\') at++;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return at + 1 + (/^[a-z]*/.exec(text.slice(at + 1))?.[0].length ?? 0);
  }
  return -1;
};

interface Scan {
  readonly code: string;
  readonly strings: readonly string[];
}

const scan = (text: string): Scan => {
  const strings: string[] = [];
  let code = '';
  let at = 0;
  /** For each template we are inside of: how many braces are open within its current `${`. */
  const templates: number[] = [];

  /** Reads string characters to the closing quote, or in a template to the next `${`. */
  const readString = (quote: string): void => {
    const from = at;
    while (at < text.length && text[at] !== quote) {
      if (text[at] === '\\') at++;
      else if (quote === '`' && text.startsWith('${', at)) break;
      at++;
    }
    strings.push(text.slice(from, at));
    code += blank(text.slice(from, at));
    if (text[at] === quote || at >= text.length) {
      code += quote;
      at++;
    } else {
      code += '${';
      at += 2;
      templates.push(0);
    }
  };

  const skipTo = (end: number): void => {
    code += blank(text.slice(at, end));
    at = end;
  };

  while (at < text.length) {
    const char = text[at] ?? '';
    const open = templates.at(-1);
    if (text.startsWith('//', at)) {
      const end = text.indexOf('\n', at);
      skipTo(end < 0 ? text.length : end);
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      skipTo(end < 0 ? text.length : end + 2);
    } else if (QUOTES.includes(char)) {
      code += char;
      at++;
      readString(char);
    } else if (char === '}' && open === 0) {
      templates.pop();
      code += char;
      at++;
      readString('`');
    } else if (char === '/' && regexEnd(text, at, code) > 0) {
      skipTo(regexEnd(text, at, code));
    } else {
      if (open !== undefined && char === '{') templates[templates.length - 1] = open + 1;
      if (open !== undefined && char === '}') templates[templates.length - 1] = open - 1;
      code += char;
      at++;
    }
  }
  return { code, strings };
};

/** `import … from '…'`, `export … from '…'`, `import '…'`, `import('…')`; the specifier is blank in `code`. */
const IMPORT = /\b(?:(import|export)\b(\s+type\b)?(?:[^;'"`()=]*?\bfrom)?\s*|(import)\s*\(\s*)(['"])( *)\4/g;

/** `import { type A, type B } from` imports no value either. */
const namesOnlyTypes = (clause: string): boolean => {
  const names = /\{([^}]*)\}\s*from\s*['"]/.exec(clause)?.[1];
  if (names === undefined || /^(?:import|export)\s+[\w$]+\s*,/.test(clause)) return false;
  const parts = names.split(',').map((part) => part.trim());
  return parts.every((part) => part === '' || part.startsWith('type ')) && parts.some((part) => part !== '');
};

export const readSource = (path: string, text: string): Source => {
  const { code, strings } = scan(text);
  const imports = [...code.matchAll(IMPORT)].map((match): Import => {
    const [clause, , type, , , gap] = match;
    const from = match.index + clause.length - 1 - (gap?.length ?? 0);
    const isTypeQuery = /\btypeof\s*$/.test(code.slice(0, match.index));
    return {
      specifier: text.slice(from, from + (gap?.length ?? 0)),
      typeOnly: type !== undefined || isTypeQuery || namesOnlyTypes(clause),
    };
  });
  return { path, code, strings, imports };
};
