import type { CriResponseInit } from '../../kube/cri/index.ts';
import type { NodeImages } from '../images/node-images.ts';
import type { RegistryImage } from '../images/registry.ts';
import type { CriHandlers } from './server.ts';

type ImageMessage = NonNullable<CriResponseInit<'imageStatus'>['image']>;

const imageMessage = ({ image, tags }: { image: RegistryImage; tags: readonly string[] }): ImageMessage => ({
  id: image.id,
  repoTags: tags,
  repoDigests: [`${image.repository}@${image.digest}`],
  size: image.size,
  uid: { value: 0 },
  pinned: image.definition.name === 'k8s-lab/pause',
});

type ImageCalls = 'listImages' | 'imageStatus' | 'pullImage' | 'removeImage' | 'imageFsInfo';

/** The calls of runtime.v1.ImageService. */
export function imageHandlers(
  images: NodeImages,
  options: { readonly stateDir: string; readonly now: () => bigint },
): Pick<CriHandlers, ImageCalls> {
  return {
    listImages({ filter }) {
      const wanted = filter?.image?.image;
      if (!wanted) return { images: images.list().map(imageMessage) };
      const found = images.find(wanted);
      return { images: found === undefined ? [] : [imageMessage(found)] };
    },
    imageStatus({ image }) {
      const found = images.find(image?.image ?? '');
      return found === undefined ? {} : { image: imageMessage(found) };
    },
    pullImage: ({ image }) => ({ imageRef: images.pull(image?.image ?? '').id }),
    removeImage({ image }) {
      images.remove(image?.image ?? '');
      return {};
    },
    imageFsInfo() {
      const usedBytes = images.list().reduce((sum, { image }) => sum + image.size, 0);
      const usage = {
        timestamp: Number(options.now()),
        fsId: { mountpoint: options.stateDir },
        usedBytes: { value: usedBytes },
        inodesUsed: { value: images.list().length },
      };
      return { imageFilesystems: [usage], containerFilesystems: [usage] };
    },
  };
}
