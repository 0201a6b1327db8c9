export interface PageFacts {
  readonly version: string;
  readonly hostname: string;
  readonly podIp: string;
  readonly client: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Each version has a colour of its own, so that a rolling update can be watched in a browser. */
const colours: Readonly<Record<string, string>> = { '1': '#2962ff', '2': '#00897b' };

/** What the pod says about itself: who answered, and what arrived. Lines are plain enough to read with curl. */
export function page(facts: PageFacts): string {
  const headers = Object.entries(facts.headers)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : (value ?? '')}`)
    .sort();
  return `<!DOCTYPE html>
<html lang="en">
<head><title>k8s-lab web ${escapeHtml(facts.version)}</title>
<style>body{font-family:sans-serif;margin:3em;border-left:1em solid ${colours[facts.version] ?? '#555'};padding-left:1em}</style>
</head>
<body>
<h1>Welcome to k8s-lab web, version ${escapeHtml(facts.version)}</h1>
<p>hostname: ${escapeHtml(facts.hostname)}</p>
<p>pod IP: ${escapeHtml(facts.podIp)}</p>
<p>client: ${escapeHtml(facts.client)}</p>
<pre>
${headers.map(escapeHtml).join('\n')}
</pre>
</body>
</html>
`;
}
