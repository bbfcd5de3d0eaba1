"""Which repositories are kept apart for validation: whole repositories, by name."""

HELD = set(
    ["joshxcaitlin/joshxcaitlin.github.io", "rmelick/elevated-planter", "clairepink/clairepink.github.io", "selmanbecar/spsbh.ba", "SimonXXX/Web-InstagramPics", "pedroid/MapsWithPhotos", "Ray-Tracing-Systems/ray-tracing-systems.github.io", "datitran/raccoon_dataset", "VidyaPavithran/Full-Photo-Sony-YR-2015", "songyaojiang/photography", "bourdakos1/Custom-Object-Detection", "NanoNets/object-detection-sample-python", "wrynearson/portfolio", "HearingVietnam/hearingvietnam.github.io", "jethro-and-andrea/jethro-and-andrea.github.io", "dasialasala/gallery-website", "sarahpatero/sincerelysarah", "ENGR101-Squad/Photos", "open-mmlab/mmpose", "PJ1920/Transfer-learning-for-Instance-segmentation-of-Waste-bottles-using-Mask-RCNN", "18F/18f.gsa.gov", "bitcraze/bitcraze-website", "JuliaPlots/PlotReferenceImages.jl", "iluwatar/java-design-patterns", "docker-library/docs", "OpenTTD/website", "JoeyDeVries/LearnOpenGL", "OCR-D/assets", "makrohn/Universal-LPC-spritesheet", "railsgirls/railsgirls.github.io", "matplotlib/basemap", "fabio1498/wallpapers", "adrielcafe/gwent-wallpapers", "01McAc/Lens-Register", "tran550/BCPhotos", "Coffee2tea/Daily-AI-Images", "Sergo2020/DIF_pytorch_official", "kasima/generation-exploration", "EvoLinkAI/awesome-gpt-image-2-prompts", "muset-ai/awesome-nano-banana-pro", "vladmandic/sdnext", "SeegmaEpsilon/experiment-real-or-ai-face", "ai-or-human/ai-or-human.github.io", "butter-frog/ai-vs-real-image-qui", "daniellionel01/spot-the-ai", "DayOfAIAustralia/ai-or-not", "SupaGruen/StableDiffusion-CheatSheet", "ZizheRuan/awesome-nano-banana-pro-images", "isLinXu/ai-images-galley", "Tamim1236/Midjourney-Art-Gallery", "invoke-ai/InvokeAI", "rolandwolfsgruber-del/ForRealScan-Mini-Game-Real-or-AI", "krishagarwal175/depth-lama-inpainting-pipeline", "kong276818/Stable-Diffusion", "zjqwq01/SOCS-DIP", "GabFrancon/inpainting", "taehyeonEum/repaint", "buxiangzhiren/Asymmetric_VQGAN", "EmuTomoya11/RePaint", "iliassarbout/analysis_of_attention_during_inpainting_with_diffusion_models", "emresnme/Exemplar_Based_Inpainting", "simoneparisotto/MATLAB-Python-inpainting-codes", "opensw23-gaegury/opensw23-gaegury", "antoinewdg/inpainting-detection", "TrinhQuocNguyen/lama-raindrop-removal", "Janspiry/Palette-Image-to-Image-Diffusion-Models", "DIP-2025-MINI-PROJECT/Dust-and-Scratch-Removal-in-Scanned-Photos", "ironjr/lama-single-file", "EigenTom/lama", "agarnung/image-inpainting-app", "luigman/image-inpainting", "NCSU-Microservice-Benchmarking/vision_microservice_lama_inpainting"]
)
DROPPED = {
    "RaffaelaCilento/archivio",
    "lcy0604/EraseNet",
    "weechien/Image-Inpainting",
    "jun-brro/ObjectClear",
    "Acly/krita-ai-diffusion",
}
HELD_PHOTOS = set(
    ["azure_cv", "drone_testerarm", "ecustfd", "netlify_gallery", "odm_snowpeak", "pakistan_vehicles", "photostream_cecil", "sunhays80_hr", "temple_nikon", "detectron_coco"]
)
