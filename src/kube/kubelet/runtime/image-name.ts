const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const domain = `${label}(?:\\.${label})*(?::[0-9]+)?`;
const reference = new RegExp(
  `^(?:${domain}/)?${component}(?:/${component})*(?::\\w[\\w.-]{0,127})?(?:@[A-Za-z][\\w+.-]*:[0-9a-fA-F]{32,})?$`,
);

/** Why a text can be no image's name, in upstream's words; undefined when it can. Models distribution/reference. */
export function imageNameProblem(image: string): string | undefined {
  const [first = '', ...rest] = image.split('/');
  const isDomain = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  const path = isDomain ? rest.join('/') : rest.length > 0 ? image : `library/${image}`;
  const repository = path.replace(/[:@].*$/, '');
  if (/[A-Z]/.test(repository)) {
    return `couldn't parse image name "${image}": invalid reference format: repository name (${repository}) must be lowercase`;
  }
  if (reference.test(image)) return undefined;
  return `couldn't parse image name "${image}": invalid reference format`;
}
