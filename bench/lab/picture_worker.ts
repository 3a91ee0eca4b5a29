/** The worker of pictures.ts: reads the JPEG files of the folder that its name says. */
import { data } from "@glim/glim";
import { decodeJpeg } from "@glim/glim/jpeg";

const [size, dir] = self.name.split(" ");
data.serveDataset(
  data.imageFiles(dir!, { size: Number(size), decoders: { jpg: decodeJpeg } }),
);
